"""Logs, traces and metrics: what operators see of a running server.

Owns the names of all fields and metrics, the one form of a log line, and the
set-up of OpenTelemetry. Leans on `core`, structlog and the OpenTelemetry SDK. It
holds no audit records, which are an adapter, and no secret: a field that is named
like one is not written. Nothing here waits for whoever reads it.
"""
