package simd

// Which implementations there are, and which is used.

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

var portable = Kernels{"portable", tilesPortable, winogradPortable, rowsPortable, activationsPortable, gridsPortable, nil}

// All returns the implementations that this machine can run, best first.
func All() []*Kernels { return append(assembly(), &portable) }

// Best returns the implementation in use: the first of All, or the one that the
// environment variable MGTOOL_SIMD names.
func Best() *Kernels { k, _ := best(); return k }

// Check returns an error if MGTOOL_SIMD names something this machine has not;
// Best is then as without it.
func Check() error { _, err := best(); return err }

var best = sync.OnceValues(func() (*Kernels, error) { return choose(os.Getenv("MGTOOL_SIMD")) })

// choose returns the implementation of a name, the best for none.
func choose(name string) (*Kernels, error) {
	var names []string
	for _, k := range All() {
		if k.Name == name || name == "" {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return All()[0], fmt.Errorf("MGTOOL_SIMD=%s: this machine has %s", name, strings.Join(names, ", "))
}
