//go:build !linux

package daypass

import "time"

var started = time.Now()

func bootTime() time.Duration { return time.Since(started) }
