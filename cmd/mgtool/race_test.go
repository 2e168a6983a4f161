//go:build race

package main

// racing is that the race detector is on: it takes terabytes of addresses, so that a
// limit on these cannot be tested.
const racing = true
