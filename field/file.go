package field

// Sets as files: safetensors with the arrays a and u, both (samples, height, width, values),
// and the recipe in the metadata. numpy and PyTorch read them:
//
//	safetensors.numpy.load_file("darcy.safetensors")["u"]

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"mgtool/internal/atomicfile"
	"mgtool/internal/memory"
	"mgtool/internal/regularfile"
	"mgtool/internal/saturating"
	"mgtool/internal/strictjson"
)

// recipeKey is that of the metadata under which the recipe stands.
const recipeKey = "mgtool.field"

// Write writes a set to a file, whole or not at all.
func Write(path string, s *Set) error {
	views, err := s.views()
	if err != nil {
		return err
	}
	about := map[string]string{}
	if s.Recipe != nil {
		text, err := json.Marshal(s.Recipe)
		if err != nil {
			return fmt.Errorf("field: %w", err)
		}
		about[recipeKey] = string(text)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<20)
		if err := safetensors.SerializeToWriter(views, about, b); err != nil {
			return err
		}
		return b.Flush()
	})
}

func (s *Set) views() (map[string]array, error) {
	views := map[string]array{}
	for name, v := range map[string]struct {
		values int
		data   []float32
	}{"a": {s.In, s.A}, "u": {s.Out, s.U}} {
		if name == "u" && s.Out == 0 {
			continue
		}
		shape := []int{s.Len(), s.Height, s.Width, v.values}
		if saturating.Product(shape...) != len(v.data) || len(v.data) == 0 {
			return nil, fmt.Errorf("field: %d values of %s; want those of shape %v, 1 or more", len(v.data), name, shape)
		}
		views[name] = array{shape, v.data}
	}
	return views, nil
}

// array is one of a file, as the safetensors library takes it.
type array struct {
	shape []int
	data  []float32
}

func (a array) DType() safetensors.DType { return safetensors.F32 }
func (a array) DataLen() uint64          { return uint64(4 * len(a.data)) }

func (a array) Shape() (s []uint64) {
	for _, d := range a.shape {
		s = append(s, uint64(d))
	}
	return s
}

func (a array) Data() []byte {
	b := make([]byte, 0, a.DataLen())
	for _, v := range a.data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// Read reads a file that [Write] wrote, or any safetensors file with arrays a and u of float32 or
// float64, (samples, height, width) or (samples, height, width, values). Where there is no u, Out
// is 0. Data without a recipe have no samples to test with: Test is 0.
func Read(path string) (*Set, error) {
	s, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("field: %s: %w", path, err)
	}
	return s, nil
}

func read(path string) (*Set, error) {
	f, size, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	header, begin, err := readHeader(f, size)
	if err != nil {
		return nil, err
	}
	tensors := header.Tensors()
	s := &Set{}
	var shapes [2][]int
	for i, name := range []string{"a", "u"} {
		t, ok := tensors[name]
		if !ok && name == "u" {
			shapes[i] = append(slices.Clone(shapes[0][:3]), 0)
			continue
		}
		if !ok {
			return nil, fmt.Errorf("it has no array %s; want a and u, as mgtool data make writes them", name)
		}
		if shapes[i], err = shapeOf(name, t, size-begin); err != nil {
			return nil, err
		}
	}
	a, u := shapes[0], shapes[1]
	if !slices.Equal(a[:3], u[:3]) {
		return nil, fmt.Errorf("a has the shape %v and u %v; want as many samples, and the same points", a, u)
	}
	s.Count, s.Height, s.Width, s.In, s.Out = a[0], a[1], a[2], a[3], u[3]
	if text, ok := header.Metadata()[recipeKey]; ok {
		if err := s.take(text); err != nil {
			return nil, fmt.Errorf("its recipe: %w", err)
		}
	}
	if err := memory.Check("the samples", 4*int64(saturating.Product(a...))+4*int64(saturating.Product(u...))); err != nil {
		return nil, err
	}
	for _, to := range []struct {
		name string
		data *[]float32
	}{{"a", &s.A}, {"u", &s.U}} {
		t, ok := tensors[to.name]
		if !ok {
			continue
		}
		section := io.NewSectionReader(f, begin+int64(t.DataOffsets[0]), int64(t.DataOffsets[1]-t.DataOffsets[0]))
		if *to.data, err = floats(section, t.DType); err != nil {
			return nil, fmt.Errorf("array %s: %w", to.name, err)
		}
	}
	return s, nil
}

// take takes the recipe of a file.
func (s *Set) take(text string) error {
	var r Recipe
	if err := strictjson.Decode([]byte(text), &r); err != nil {
		return err
	}
	if err := r.Validate(); err != nil {
		return err
	}
	if r.Count+r.Test != s.Count {
		return fmt.Errorf("%d samples to learn from and %d to test with; the arrays have %d", r.Count, r.Test, s.Count)
	}
	side := r.Side()
	in, out := r.Values()
	if s.Out == 0 { // u was left out
		out = 0
	}
	if s.Height != side || s.Width != side || s.In != in || s.Out != out {
		return fmt.Errorf("%d×%d points with %d and %d values; the arrays have %d×%d with %d and %d", side, side, in, out, s.Height, s.Width, s.In, s.Out)
	}
	s.Recipe, s.Count, s.Test = &r, r.Count, r.Test
	return nil
}

// readHeader reads what a safetensors file says of itself, and where its values begin.
func readHeader(f io.ReaderAt, size int64) (h safetensors.Metadata, begin int64, err error) {
	var length [8]byte
	if _, err := f.ReadAt(length[:], 0); err != nil {
		return h, 0, fmt.Errorf("it is no safetensors file: %d bytes", size)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > strictjson.Most || int64(n) > size-8 {
		return h, 0, fmt.Errorf("it is no whole safetensors file: a header of %d bytes in %d; want one as mgtool data make writes it", n, size)
	}
	text := make([]byte, n)
	if _, err := f.ReadAt(text, 8); err != nil && err != io.EOF {
		return h, 0, err
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, 0, fmt.Errorf("it is no safetensors file: its header: %w", strictjson.Brief(err))
	}
	return h, 8 + int64(n), nil
}

// shapeOf is the shape of an array with four axes, of which the last may be missing.
func shapeOf(name string, t *safetensors.TensorInfo, bytes int64) ([]int, error) {
	if t.DType != safetensors.F32 && t.DType != safetensors.F64 {
		return nil, fmt.Errorf("array %s is %v; want F32 or F64", name, t.DType)
	}
	var shape []int
	for _, d := range t.Shape {
		if d < 1 || d > math.MaxInt32 {
			return nil, fmt.Errorf("array %s has the shape %v; want sizes from 1 on", name, t.Shape)
		}
		shape = append(shape, int(d))
	}
	if len(shape) == 3 {
		shape = append(shape, 1)
	}
	if len(shape) != 4 {
		return nil, fmt.Errorf("array %s has the shape %v; want (samples, height, width) or (samples, height, width, values)", name, t.Shape)
	}
	at, end := t.DataOffsets[0], t.DataOffsets[1]
	if end < at || end > uint64(bytes) || end-at != uint64(saturating.Product(append([]int{int(t.DType.Size())}, shape...)...)) {
		return nil, fmt.Errorf("array %s of shape %v is at bytes %d to %d of %d; want all of it", name, t.Shape, at, end, bytes)
	}
	return shape, nil
}

// floats reads values of a type, all of them finite.
func floats(r *io.SectionReader, t safetensors.DType) ([]float32, error) {
	width := int64(t.Size())
	values := make([]float32, 0, r.Size()/width)
	b := make([]byte, 1<<20)
	for at := int64(0); at < r.Size(); {
		n := min(int64(len(b)), r.Size()-at)
		if _, err := r.ReadAt(b[:n], at); err != nil && err != io.EOF {
			return nil, err
		}
		for i := int64(0); i < n; i += width {
			v := 0.0
			if t == safetensors.F64 {
				v = math.Float64frombits(binary.LittleEndian.Uint64(b[i:]))
			} else {
				v = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:])))
			}
			if !(math.Abs(v) <= math.MaxFloat32) {
				return nil, fmt.Errorf("value %d is %g; want finite float32", len(values), v)
			}
			values = append(values, float32(v))
		}
		at += n
	}
	return values, nil
}
