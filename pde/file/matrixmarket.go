package file

// Matrices for SciPy, PETSc, Julia and others.

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"mgtool/internal/atomicfile"
	"mgtool/pde/stencil"
)

// WriteMatrix writes the matrix of an operator, see [stencil.Operator.Matrix], as a
// coordinate matrix of Matrix Market (.mtx; Boisvert, Pozo and Remington 1996): all
// entries, general, real, with indices from 1, and with the digits that give the same
// float64 back.
func WriteMatrix(path string, a stencil.Operator) error {
	m, err := a.Matrix()
	if err != nil {
		return err
	}
	rows, columns := m.Dims()
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<16)
		fmt.Fprintf(b, "%%%%MatrixMarket matrix coordinate real general\n%d %d %d\n", rows, columns, m.NNZ())
		var line []byte
		m.DoNonZero(func(i, j int, v float64) {
			line = strconv.AppendInt(line[:0], int64(i)+1, 10)
			line = append(line, ' ')
			line = strconv.AppendInt(line, int64(j)+1, 10)
			line = append(line, ' ')
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
			b.Write(append(line, '\n'))
		})
		return b.Flush() // the first error of all these
	})
}
