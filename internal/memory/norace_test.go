//go:build !race

package memory

const racing = false
