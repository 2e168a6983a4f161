package sequence

// NumPy files: (N, L) or (N, L, C) of sequences, (T) or (T, C) of a record.

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"mgtool/pde/file"
)

// mostValues bounds an array.
const mostValues = 1 << 30

// readArray reads the values of an array as rows. Of more than two axes, all but the first
// are one row; a single axis is a column if the array is a record.
func readArray(path string, label labelColumn) (t *table, shape []int, err error) {
	values, shape, err := file.ReadAny(path, mostValues)
	if err != nil {
		return nil, nil, fmt.Errorf("sequence: %w", err)
	}
	rows := shape[0]
	if rows == 0 || len(values) == 0 {
		return nil, nil, fmt.Errorf("sequence: %s is an array of shape %v; want values", path, shape)
	}
	columns := len(values) / rows
	if label != noLabels && (len(shape) != 2 || columns < 2) {
		return nil, nil, fmt.Errorf("sequence: %s is an array of shape %v, without a column for labels; want a file with one label each, %s or .txt, or another by its name", path, shape, labelsBeside(path))
	}
	t = &table{path: path, columns: columns, place: func(row int) string { return fmt.Sprintf("row %d", row) }}
	for i := range rows {
		row := values[i*columns : (i+1)*columns]
		if label != noLabels {
			at := 0
			if label == lastColumn {
				at = columns - 1
			}
			own, err := canonical(strconv.FormatFloat(row[at], 'g', -1, 64))
			if err != nil {
				return nil, nil, fmt.Errorf("sequence: %s, row %d: %w", path, i, err)
			}
			t.labels = append(t.labels, own)
			if row = row[1:]; at > 0 {
				row = values[i*columns : (i+1)*columns-1]
			}
		}
		for j, v := range row {
			if math.Abs(v) > math.MaxFloat32 {
				return nil, nil, fmt.Errorf("sequence: %s, row %d: value %d is %g; want a finite number of 32 bits", path, i, j, v)
			}
			t.values = append(t.values, float32(v))
		}
	}
	if label != noLabels {
		t.columns--
	}
	return t, shape, nil
}

// arrayLabels reads an array with one axis as labels.
func arrayLabels(path string) ([]string, error) {
	list, shape, err := file.ReadAny(path, mostValues)
	if err != nil {
		return nil, fmt.Errorf("sequence: %w", err)
	}
	if len(shape) != 1 {
		return nil, fmt.Errorf("sequence: %s is an array of shape %v; want one label each, on one axis", path, shape)
	}
	labels := make([]string, len(list))
	for i, v := range list {
		if labels[i], err = canonical(strconv.FormatFloat(v, 'g', -1, 64)); err != nil {
			return nil, fmt.Errorf("sequence: %s, row %d: %w", path, i, err)
		}
	}
	return labels, nil
}

// labelsBeside is the file with the labels of an array: NAME_labels.npy beside NAME.npy.
func labelsBeside(path string) string { return strings.TrimSuffix(path, ".npy") + "_labels.npy" }

// findLabels is the file of labels beside an array, "" if there is none.
func findLabels(path string) string {
	for _, name := range []string{labelsBeside(path), strings.TrimSuffix(labelsBeside(path), ".npy") + ".txt"} {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return ""
}
