//go:build unix

package daypass

import (
	"os/exec"
	"syscall"
)

// ownGroup makes a program the first of a group, so that what it starts ends with it.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func killGroup(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
