//go:build !linux

package pde

func hugePages[T Real]([]T) {}
