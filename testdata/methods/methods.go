// Package methods holds the learned methods that the program ships with: the files beside it,
// which the documentation names.
package methods

import "embed"

// Files are methods, see package multigrid/method.
//
//go:embed poisson-2d-v11.json poisson-2d-v22.json
var Files embed.FS
