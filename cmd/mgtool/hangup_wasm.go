//go:build js || wasip1

package main

import "os"

// hangup does not exist here: there is no terminal.
var hangup os.Signal
