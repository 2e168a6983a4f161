// Package memory finds how much memory a program can still have, so that work that does
// not fit is refused before it begins. Go ends a program that gets no memory from the
// system, and the system ends one that takes too much; a program can catch neither.
package memory

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
)

// Check returns nil if this many more bytes are free, or if that is not known. Otherwise
// the error says what needs the memory, how much it needs and how much is free.
func Check(what string, bytes int64) error {
	free := Free()
	if bytes > free {
		runtime.GC() // what is garbage by now is free as well
		free = Free()
	}
	if bytes <= free {
		return nil
	}
	return fmt.Errorf("not enough memory for %s: %s needed, %s free", what, Size(bytes), Size(free))
}

// Free is how many bytes can still be had: what the system says, and what Go holds
// and does not use. It is math.MaxInt64 where the system says nothing.
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

// Size writes a number of bytes for people: 35.1 GB.
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
