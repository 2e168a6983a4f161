//go:build js || wasip1

package main

import "os"

// hangup is the end of the terminal, which there is none of.
var hangup os.Signal
