//go:build !js && !wasip1

package main

import (
	"os"
	"syscall"
)

// hangup is sent when the terminal closes.
var hangup os.Signal = syscall.SIGHUP
