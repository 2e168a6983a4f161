// Package nomovinggc stands in for go4.org/unsafe/assume-no-moving-gc, which Gorgonia's
// tensors import for what it does when a program starts: it asks the runtime, through
// a linkname to runtime.heapObjectsCanMove, whether the collector moves objects, and
// panics if so. It acts for all of a program, also for what has nothing to do with
// Gorgonia: with a Go that moves objects no command of mgtool would start, and with one
// that closes the linkname none would link. Only a source that is not there does not
// ask; this package is empty, and go.mod puts it in the place of the other.
//
// What the question protects is not used here. These parts of Gorgonia keep the address
// of an object as a number, which a moving collector makes wrong:
//
//   - values: a tensor made of a slice, or a slice of a tensor, goes through
//     reflect.SliceHeader, a view keeps the address of its parent, and the machines pass
//     on memory by its address. Package tensor/graph gives Gorgonia no values and runs
//     none of its machines.
//   - sets of nodes, as of a subgraph, which are sorted by address: moved between two
//     comparisons, nodes may be taken for equal and lost. Package tensor/graph finds
//     what a root depends on by itself. Deriving makes such sets of the users of a
//     node, and only asks whether there are any.
//
// The constants that Gorgonia makes when it starts are single numbers, no tensors.
//
// A test in internal/architecture holds the tree to this, and asks the toolchain what
// the other package would ask when a program starts: the day the answer changes, it
// says so, and the list above is what to look through again.
package nomovinggc
