package file

// Arrays whose shape is what the file says.

import (
	"bufio"
	"fmt"
	"io"
)

// ReadAny is [ReadArray] of an array of any shape, of up to most values, with its shape.
func ReadAny(path string, most int) (values []float64, shape []int, err error) {
	err = open(path, func(r io.Reader, size int64) error {
		b := bufio.NewReaderSize(r, 1<<16)
		h, err := readHeader(b)
		if err != nil {
			return err
		}
		count := 1
		for _, n := range h.shape {
			if n > most || count*n > most { // each below 2³¹, so that no product overflows
				return fmt.Errorf("an array of shape %s; want at most %d values", tuple(h.shape), most)
			}
			count *= n
		}
		if size < 0 || size/int64(h.size) < int64(count) {
			return fmt.Errorf("the file ends before the last of %d values", count)
		}
		shape = h.shape
		values, err = h.values(b, count)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, shape, nil
}
