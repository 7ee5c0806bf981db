//go:build unix

package daypass

import (
	"io/fs"
	"os"
	"syscall"
)

func isOwn(state fs.FileInfo) bool {
	told, ok := state.Sys().(*syscall.Stat_t)
	return ok && int(told.Uid) == os.Geteuid()
}
