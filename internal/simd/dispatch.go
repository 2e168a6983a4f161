package simd

// The choice of an implementation.

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

var portable = Kernels{"portable", tilesPortable, winogradPortable, rowsPortable, activationsPortable, gridsPortable, nil}

// All returns the implementations that this machine supports, the fastest first.
func All() []*Kernels { return append(assembly(), &portable) }

// Best returns the implementation in use: the first of All, or the one named by the
// environment variable MGTOOL_SIMD.
func Best() *Kernels { k, _ := best(); return k }

// Check returns an error if MGTOOL_SIMD names an implementation that this machine does
// not support. Best then ignores the variable.
func Check() error { _, err := best(); return err }

var best = sync.OnceValues(func() (*Kernels, error) { return choose(os.Getenv("MGTOOL_SIMD")) })

// choose returns the implementation with this name; without a name, the fastest.
func choose(name string) (*Kernels, error) {
	var names []string
	for _, k := range All() {
		if k.Name == name || name == "" {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return All()[0], fmt.Errorf("MGTOOL_SIMD=%s is not supported here; want %s", name, strings.Join(names, ", "))
}
