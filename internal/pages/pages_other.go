//go:build !linux

package pages

// Huge does nothing on this system.
func Huge[T any]([]T) {}
