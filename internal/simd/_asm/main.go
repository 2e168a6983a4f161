// Command asm writes the assembly of package simd, one group of kernels per run:
//
//	go run . -kernels gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg simd
//
// `go generate ./internal/simd` runs it for all groups. It is a separate module, so the
// project does not depend on its modules.
package main

import (
	"flag"
	"log"

	"github.com/mmcloughlin/avo/build"
)

// groups are the kernels by file. Each group emits those of AVX-512 and of AVX2.
var groups = map[string]func(){
	"gemm":        gemm,
	"winograd":    winograd,
	"elementwise": elementwise,
	"activation":  activations,
	"stencil":     stencils,
	"transfer":    transfers,
	"nine":        nines,
	"varying":     varyings,
	"faces":       facesKernels,
	"bfloat16":    bfloat16s,
	"sparse":      sparseRows,
}

func main() {
	name := flag.String("kernels", "", "the group to write: gemm, winograd, elementwise, activation, stencil, transfer, nine, varying, faces, bfloat16 or sparse")
	flag.Parse() // avo's own flags are registered too
	emit, ok := groups[*name]
	if !ok {
		log.Fatalf("unknown group of kernels %q", *name)
	}
	build.ConstraintExpr("!purego")
	emit()
	build.Generate()
}
