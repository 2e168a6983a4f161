package graphs

// The text form of a data set.
//
//	# a comment
//	nodes features classes edges train
//	# a comment
//	label feature feature …           a line a node; label −1: none
//	# a comment
//	a b                               a line an edge
//	# a comment
//	test nodes …
//
// Nodes 0 to train−1 are for training, the next ones before the first test node for validation,
// at most 500, as in the split of Planetoid (Yang, Cohen and Salakhutdinov, ICML 2016). The file
// may be compressed by gzip.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/internal/regularfile"
)

const (
	maxFile       = 1 << 30 // bytes, also uncompressed
	maxNodes      = 1 << 20 // of a data set: the width of a model
	maxValidation = 500
)

// ReadDataset reads a file in the form above.
func ReadDataset(path string) (*Dataset, error) {
	text, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("graphs: %w", err)
	}
	d, err := parseDataset(baseName(path), text)
	if err != nil {
		return nil, fmt.Errorf("graphs: %s: %w", path, err)
	}
	return d, nil
}

// baseName is the name of a file without its endings.
func baseName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	return name
}

// open reads a whole file, uncompressed.
func open(path string) ([]byte, error) {
	data, err := regularfile.Read(path, maxFile)
	if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, err
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes, uncompressed; want at most that", path, maxFile)
	}
	return text, nil
}

// lines walks over the lines of a text that are not empty and no comment.
type lines struct {
	rest   []byte
	number int // of the last one, from 1
}

func (l *lines) next() (fields []string, ok bool) {
	for len(l.rest) > 0 {
		var line []byte
		line, l.rest, _ = bytes.Cut(l.rest, []byte{'\n'})
		l.number++
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return strings.Fields(string(line)), true
		}
	}
	return nil, false
}

// integers reads the next line as integers from lo to hi each, count of them unless negative.
func (l *lines) integers(what string, count, lo, hi int) ([]int32, error) {
	fields, ok := l.next()
	if !ok {
		return nil, fmt.Errorf("it ends where %s should be", what)
	}
	if count >= 0 && len(fields) != count {
		return nil, fmt.Errorf("line %d has %d numbers; want the %d of %s", l.number, len(fields), count, what)
	}
	list := make([]int32, len(fields))
	for i, f := range fields {
		v, err := strconv.Atoi(f)
		if err != nil || v < lo || v > hi {
			return nil, fmt.Errorf("line %d has %s; want %s, from %d to %d", l.number, shown(f), what, lo, hi)
		}
		list[i] = int32(v)
	}
	return list, nil
}

// shown is a word of a file in an error.
func shown(word string) string {
	if len(word) > 20 {
		word = word[:20] + "…"
	}
	return strconv.QuoteToGraphic(word)
}

func parseDataset(name string, text []byte) (*Dataset, error) {
	l := &lines{rest: text}
	head, err := l.integers("nodes, features, classes, edges and training nodes", 5, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	nodes, features, classes, edgeCount, train := int(head[0]), int(head[1]), int(head[2]), int(head[3]), int(head[4])
	switch {
	case nodes < 2 || nodes > maxNodes || features < 1 || features > maxNodes || classes < 2 || classes > nodes:
		return nil, fmt.Errorf("%d nodes, %d features and %d classes; want 2 to %d, 1 to %d, and 2 or more", nodes, features, classes, maxNodes, maxNodes)
	case train < 1 || train >= nodes:
		return nil, fmt.Errorf("%d training nodes of %d; want 1 or more, and others", train, nodes)
	case edgeCount > len(text) || nodes > len(text): // a line has bytes
		return nil, fmt.Errorf("%d nodes and %d edges in %d bytes; want a line each", nodes, edgeCount, len(text))
	}
	d := &Dataset{Features: features, Begin: []int32{0}, Classes: classes}
	for range nodes {
		// The label is read as a number, too: both are from −1 on.
		list, err := l.integers("a label and features", -1, -1, max(features, classes)-1)
		if err != nil {
			return nil, err
		}
		seen := int32(-1)
		for _, f := range list[1:] {
			if f <= seen || int(f) >= features {
				return nil, fmt.Errorf("line %d has feature %d; want ascending numbers from 0 to %d", l.number, f, features-1)
			}
			seen = f
		}
		d.Labels = append(d.Labels, list[0])
		d.Feature = append(d.Feature, list[1:]...)
		d.Begin = append(d.Begin, int32(len(d.Feature)))
	}
	edges := make([]Edge, edgeCount)
	for k := range edges {
		e, err := l.integers("the nodes of an edge", 2, 0, nodes-1)
		if err != nil {
			return nil, err
		}
		edges[k] = Edge{e[0], e[1], 1}
	}
	if d.Test, err = l.integers("test nodes", -1, 0, nodes-1); err != nil {
		return nil, err
	}
	if fields, more := l.next(); more {
		return nil, fmt.Errorf("line %d begins with %s; want the end behind the test nodes", l.number, shown(fields[0]))
	}
	if d.Graph, err = build(name, nodes, edges); err != nil {
		return nil, err
	}
	if d.Edges() != edgeCount {
		return nil, fmt.Errorf("%d edges, of which %d are loops or there twice", edgeCount, edgeCount-d.Edges())
	}
	test := d.Test
	d.split(train, validation(train, nodes, test))
	d.Test = test
	return d, d.check()
}

// validation is the number of validation nodes that a file has.
func validation(train, nodes int, test []int32) int {
	behind := nodes
	for _, i := range test {
		if int(i) >= train {
			behind = min(behind, int(i))
		}
	}
	return min(maxValidation, behind-train)
}

// writable reports what the form cannot hold.
func (d *Dataset) writable() error {
	if d.Weight != nil {
		return fmt.Errorf("its edges have weights; want none")
	}
	if err := d.check(); err != nil {
		return err
	}
	read := &Dataset{Graph: d.Graph}
	read.split(len(d.Train), validation(len(d.Train), d.Nodes(), d.Test))
	switch {
	case !slices.Equal(d.Train, read.Train):
		return fmt.Errorf("its training nodes are not the nodes 0 to %d; want the first ones, in order", len(d.Train)-1)
	case !slices.Equal(d.Validation, read.Validation):
		return fmt.Errorf("it has %d validation nodes, and would be read with %d; want those from %d to the first test node, at most %d, in order", len(d.Validation), len(read.Validation), len(d.Train), maxValidation)
	}
	return nil
}

// Write writes the data set to a file in the form above, compressed if the name ends in .gz. The
// form has no weights, and only the split that it describes: others are refused.
func (d *Dataset) Write(path string) error {
	if err := d.writable(); err != nil {
		return fmt.Errorf("graphs: %s cannot be written as a data set: %w", d.Name, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if !strings.HasSuffix(path, ".gz") {
			return d.write(w)
		}
		z := gzip.NewWriter(w)
		if err := d.write(z); err != nil {
			return err
		}
		return z.Close()
	})
}

func (d *Dataset) write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# %s. nodes features classes edges train\n%d %d %d %d %d\n", d.Name, d.Nodes(), d.Features, d.Classes, d.Edges(), len(d.Train))
	fmt.Fprintf(b, "# one line a node: label (-1: none), then its features that are 1; training nodes 0..train-1, validation the next %d\n", len(d.Validation))
	for i, l := range d.Labels {
		fmt.Fprint(b, l)
		for _, f := range d.Feature[d.Begin[i]:d.Begin[i+1]] {
			fmt.Fprint(b, " ", f)
		}
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, "# undirected edges")
	for i := range d.Nodes() {
		for _, j := range d.Neighbour[d.Start[i]:d.Start[i+1]] {
			if int(j) > i {
				fmt.Fprintln(b, i, j)
			}
		}
	}
	fmt.Fprintln(b, "# test nodes")
	for _, i := range d.Test {
		fmt.Fprint(b, i, " ")
	}
	fmt.Fprintln(b)
	return b.Flush()
}
