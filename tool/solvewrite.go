package tool

// The files of a solve.

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mgtool/multigrid"
	"mgtool/pde/elliptic"
	"mgtool/pde/file"
)

// write writes the files that were asked for.
func (p *Prepared) write(res *multigrid.Result) (err error) {
	u := p.system.U
	switch strings.ToLower(filepath.Ext(p.spec.Out)) {
	case "":
		if p.spec.Out == "-" {
			err = p.print()
		}
	case ".npy":
		if len(p.us) > 0 {
			err = file.WriteNPYs(p.spec.Out, p.us)
		} else {
			err = file.WriteNPY(p.spec.Out, u)
		}
	case ".npz":
		err = file.WriteNPZ(p.spec.Out, u)
	default:
		var vectors []file.Vector
		if p.problem.equation.Scheme != elliptic.Mehrstellen && p.problem.operator == nil { // which have no fluxes
			v, err := pointFlux(p.system)
			if err != nil {
				return err
			}
			vectors = append(vectors, v)
		}
		err = file.WriteVTK(p.spec.Out, u, vectors...)
	}
	if err == nil && p.spec.Plot != "" {
		err = file.WritePNG(p.spec.Plot, u)
	}
	if err == nil && p.spec.PlotConvergence != "" {
		err = file.WriteConvergence(p.spec.PlotConvergence, res.Residuals)
	}
	if err == nil && p.spec.Matrix != "" {
		err = file.WriteMatrix(p.spec.Matrix, p.system.A)
	}
	return err
}

// print writes u to standard output.
func (p *Prepared) print() error {
	output := p.spec.Output
	if output == nil {
		output = os.Stdout
	}
	b := bufio.NewWriterSize(output, 1<<20)
	encode := func() error { return file.EncodeNPY(b, p.system.U) }
	if len(p.us) > 0 {
		encode = func() error { return file.EncodeNPYs(b, p.us) }
	}
	if err := encode(); err != nil {
		return fmt.Errorf("--out -: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("--out -: %w", err)
	}
	return nil
}
