// Command example verifies the session token on standard input, and assumes a role.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"daypass.dev/daypass"
	"daypass.dev/verifier"
)

func main() {
	ctx := context.Background()
	token := must(io.ReadAll(os.Stdin))
	watcher := open("verifier")
	defer watcher.Close()
	offline := must(verifier.New(ctx, verifier.FromClient(watcher), verifier.Config{}))
	defer offline.Close()
	claims, view, err := offline.VerifySessionToken(ctx, strings.TrimSpace(string(token)))
	fmt.Println(must(claims.AccessKeyID, err), "good, as of", view.Age)

	role := daypass.RoleRequest{RoleARN: "arn:aws:iam::123456789012:role/ReadOnlyRole"}
	fmt.Println(must(open("dev").AssumeRole(ctx, role)).ARN)
}

func open(profile string) *daypass.Client {
	return must(daypass.NewClient(must(daypass.LoadProfile(profile))))
}

func must[T any](found T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return found
}
