// Package memory finds how much memory the program can still get, so that work that does
// not fit is refused before it begins. Go aborts a program to which the system refuses
// memory, and the system kills one that takes too much; a program can catch neither.
package memory

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
)

// Check returns nil if that many more bytes are free, or if the system does not tell.
// Otherwise the error says what needs the memory, how much, and how much is free.
func Check(what string, bytes int64) error {
	free := Free()
	if bytes > free {
		runtime.GC() // garbage counts as free
		free = Free()
	}
	if bytes <= free {
		return nil
	}
	return fmt.Errorf("not enough memory for %s: %s needed, %s free", what, Size(bytes), Size(free))
}

// Free returns the bytes that the program can still get: what the system grants, and
// what Go holds unused. It is math.MaxInt64 if the system does not tell.
func Free() int64 {
	most := int64(math.MaxInt64)
	for _, limit := range limits() {
		most = min(most, max(0, limit))
	}
	if most == math.MaxInt64 {
		return most
	}
	idle := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(idle)
	if idle[0].Value.Kind() == metrics.KindUint64 {
		most += int64(idle[0].Value.Uint64())
	}
	return most
}

// Size formats a number of bytes for people: 35.1 GB.
func Size(bytes int64) string {
	switch v := float64(bytes); {
	case v >= 1e9:
		return fmt.Sprintf("%.1f GB", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.1f MB", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.1f kB", v/1e3)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
