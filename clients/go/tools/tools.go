//go:build tools

// Package tools pins the plugins of the protocol compiler; protos/generate_clients.py
// builds them.
package tools

import (
	_ "google.golang.org/grpc/cmd/protoc-gen-go-grpc"
	_ "google.golang.org/protobuf/cmd/protoc-gen-go"
)
