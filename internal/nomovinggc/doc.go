// Package nomovinggc replaces go4.org/unsafe/assume-no-moving-gc, which Gorgonia's
// tensors import for its check at program start: through a linkname to
// runtime.heapObjectsCanMove it asks the runtime whether the collector moves objects,
// and panics if it does. The check affects the whole program, even what does not use
// Gorgonia: with a Go that moves objects no command of mgtool would start, and with one
// that closes the linkname none would link. It cannot be disabled, only left out, so
// this package is empty and go.mod substitutes it for the other.
//
// The project does not use what the check protects. These parts of Gorgonia keep the
// address of an object as a number, which a moving collector invalidates:
//
//   - values: a tensor made from a slice, or a slice of a tensor, goes through
//     reflect.SliceHeader, a view keeps the address of its parent, and the machines pass
//     memory on by address. Package tensor/graph gives Gorgonia no values and runs none
//     of its machines.
//   - sets of nodes, as of a subgraph, which are sorted by address: if nodes move
//     between two comparisons, they may be taken for equal and lost. Package
//     tensor/graph finds the dependencies of a root itself. Differentiation builds such
//     sets of the readers of a node, and only asks whether they are empty.
//
// The constants that Gorgonia makes at start are single numbers, not tensors.
//
// A test in internal/architecture enforces this and puts the question of the replaced
// package to the toolchain: if the answer ever changes, the test says so, and the list
// above must be reviewed.
package nomovinggc
