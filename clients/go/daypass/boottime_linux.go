package daypass

import (
	"time"

	"golang.org/x/sys/unix"
)

func bootTime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		// Every kernel since 2.6.39 has this clock.
		panic("daypass: no CLOCK_BOOTTIME: " + err.Error())
	}
	return time.Duration(now.Nano())
}
