package mgnet

// The files of weights that are exchanged.

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"
	"github.com/x448/float16"

	"mgtool/internal/atomicfile"
)

// exportedRun is the key of the metadata under which a file of ours has its run.
const exportedRun = "mgtool.run"

// Export writes the network's weights as a PyTorch state_dict in a safetensors file,
// whole or not at all: for load_state_dict of modules with the names that
// exchange.go lists, as testdata/exchange/mgnet_torch.py has them. All is float32,
// convolutions are (out, in, k, k), transposed ones (in, out, k, k), linear maps (out,
// in); counts of batches are int64 and 0. The metadata state r's model and data, so
// that [Import] needs no more.
func Export(file string, n *Network, r Run) error { return export(file, n, r, false) }

// ExportSmall is Export in half the bytes or less: kernels and matrices are float16,
// rounded to nearest, and a tensor that several modules share is there once, under
// its first name; the metadata say so for the others, as load_model of
// safetensors.torch reads it.
func ExportSmall(file string, n *Network, r Run) error { return export(file, n, r, true) }

func export(file string, n *Network, r Run, small bool) error {
	list, err := n.entries()
	if err != nil {
		return err
	}
	about, err := json.Marshal(Run{Model: n.Config, Data: r.Data, Folder: r.Folder})
	if err != nil {
		return fmt.Errorf("mgnet: export: %w", err)
	}
	meta := map[string]string{"format": "pt", exportedRun: string(about)}
	views, first := map[string]entry{}, map[*float32]string{}
	for _, e := range list {
		if small && !e.counter() {
			at := &e.here.data[0]
			if before, again := first[at]; again {
				meta[e.name] = before
				continue
			}
			first[at] = e.name
			if e.half = len(e.here.shape) > 1; e.half {
				if k := slices.IndexFunc(e.here.data, func(v float32) bool { return float16.Fromfloat32(v).IsInf(0) }); k >= 0 {
					return fmt.Errorf("mgnet: export: %s has %g, which is no float16; want less than 65520, or float32", e.name, e.here.data[k])
				}
			}
		}
		views[e.name] = e
	}
	return atomicfile.Write(file, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, meta, w)
	})
}

// stateDict is a file of weights.
type stateDict struct {
	tensors safetensors.SafeTensors
	about   map[string]string // its metadata
}

func readStateDict(path string) (s stateDict, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("mgnet: import: %w", err)
	}
	return parseStateDict(path, data)
}

// parseStateDict reads the bytes of a file of that name.
func parseStateDict(path string, data []byte) (s stateDict, err error) {
	if s.tensors, err = safetensors.Deserialize(data); err != nil {
		return s, fmt.Errorf("mgnet: %s is not a whole safetensors file: %w", path, err)
	}
	_, meta, err := safetensors.ReadMetadata(data)
	s.about = meta.Metadata()
	return s, err
}

// ReadExported gives the model and the data that a file written by [Export] states;
// ok is false for a file that states none.
func ReadExported(file string) (r Run, ok bool, err error) {
	s, err := readStateDict(file)
	if err != nil {
		return r, false, err
	}
	return s.run(file)
}

// run is what the file says of itself.
func (s stateDict) run(file string) (r Run, ok bool, err error) {
	text, ok := s.about[exportedRun]
	if !ok {
		return r, false, nil
	}
	err = strictJSON([]byte(text), &r)
	if r.Imported = filepath.Base(file); err == nil {
		err = r.validate()
	}
	if err != nil {
		return r, false, fmt.Errorf("mgnet: %s of %s: %w", exportedRun, file, err)
	}
	return r, true, nil
}

// Decode is the network in the bytes of a file that [Export] or [ExportSmall] wrote,
// with the model and data it states. name is the file's, for errors.
func Decode(name string, data []byte) (*Network, Run, error) {
	s, err := parseStateDict(name, data)
	if err != nil {
		return nil, Run{}, err
	}
	r, ok, err := s.run(name)
	if err == nil && !ok {
		err = fmt.Errorf("mgnet: %s does not say what it is of; want a file that Export wrote", name)
	}
	if err != nil {
		return nil, r, err
	}
	n, err := s.network(name, r.Model)
	return n, r, err
}

// network makes one with the values of the file.
func (s stateDict) network(file string, c Config) (*Network, error) {
	n, err := New(c, 0) // what is fixed has its values
	if err != nil {
		return nil, err
	}
	if err := n.take(s); err != nil {
		return nil, fmt.Errorf("mgnet: %s: %w", file, err)
	}
	return n, nil
}

// Import makes the folder dir of a run from a PyTorch state_dict in a safetensors
// file: the network of r.Model with its weights, for images of r.Data. Every tensor
// of the file must be used and every one of the network be given, with its shape, as
// float32, 64, 16 or bfloat16; a shared operator must be the same under all its
// names, a fixed one that of the model. The error names the first difference, and
// nothing is written then. Counts of batches may be missing.
func Import(file, dir string, r Run) (*Network, error) {
	r.Imported = filepath.Base(file)
	if err := r.validate(); err != nil {
		return nil, err
	}
	about, err := r.Describe()
	if err != nil {
		return nil, err
	}
	if err := r.Model.fits(about); err != nil {
		return nil, err
	}
	s, err := readStateDict(file)
	if err != nil {
		return nil, err
	}
	n, err := s.network(file, r.Model)
	if err != nil {
		return nil, err
	}
	f, err := makeFolder(dir)
	if err != nil {
		return nil, err
	}
	defer f.release()
	if err := f.begin(r); err != nil {
		return nil, err
	}
	if err := n.save(filepath.Join(dir, checkpointFile), nil, progress{}, r); err != nil {
		return nil, err
	}
	return n, nil
}

// take sets the network's values to those of a file.
func (n *Network) take(s stateDict) error {
	list, err := n.entries()
	if err != nil {
		return err
	}
	found, strange := s.find(list)
	instead := ""
	if strange != "" {
		instead = fmt.Sprintf("; there is %s, which the model has not", strange)
	}
	taken := map[*float32]string{} // the first value of a tensor: the name it came under
	for i, e := range list {
		v := found[i]
		switch {
		case v == nil && e.counter():
			continue
		case v == nil:
			return fmt.Errorf("there is no %s, want it with shape %v%s", e.name, e.Shape(), instead)
		case !slices.Equal(v.Shape(), e.Shape()):
			return fmt.Errorf("%s has shape %v; want %v", e.name, v.Shape(), e.Shape())
		case e.counter():
			continue
		}
		theirs, err := floats(*v)
		if err == nil {
			err = e.check(theirs)
		}
		if err != nil {
			return fmt.Errorf("%s %w", e.name, err)
		}
		values := make([]float32, len(theirs))
		reorder(values, theirs, e.here.shape, true)
		k := difference(values, e.here.data)
		switch before, again := taken[&e.here.data[0]]; {
		case again && k >= 0:
			return fmt.Errorf("%s and %s differ, %g and %g, but are one tensor of the model; want them equal, or a model that shares less", before, e.name, e.here.data[k], values[k])
		case e.fixed && k >= 0:
			return fmt.Errorf("%s has %g where the model has it fixed to %g; want the values of the model", e.name, values[k], e.here.data[k])
		}
		taken[&e.here.data[0]] = e.name
		copy(e.here.data, values)
	}
	if strange != "" {
		return fmt.Errorf("there is %s, which the model has not; want the model that the file is of", strange)
	}
	return nil
}

// find gives the tensor of each entry, nil if it is not there, and the first name
// that is none of them.
func (s stateDict) find(list []entry) (found []*safetensors.TensorView, strange string) {
	used := map[string]bool{}
	for _, e := range list {
		var tensor *safetensors.TensorView
		// Files without copies say in the metadata which name the tensor is under.
		for _, name := range append(spellings(e.name), s.about[e.name]) {
			if v, ok := s.tensors.Tensor(name); ok {
				tensor, used[name] = &v, true
				break
			}
		}
		found = append(found, tensor)
	}
	for _, name := range slices.Sorted(slices.Values(s.tensors.Names())) {
		if !used[name] {
			return found, name
		}
	}
	return found, ""
}

// check reports the first value that cannot be one of e.
func (e entry) check(values []float32) error {
	for k, x := range values {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("has %g as value %d; want finite float32", x, k)
		}
		if x < 0 && strings.HasSuffix(e.name, ".running_var") {
			return fmt.Errorf("has a variance of %g in channel %d; want 0 or more", x, k)
		}
	}
	return nil
}

// difference is the first index where a and b have other values; −1 if there is none.
func difference(a, b []float32) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// floats converts a tensor to float32.
func floats(v safetensors.TensorView) ([]float32, error) {
	var decode func(b []byte) float32
	little := binary.LittleEndian
	switch v.DType() {
	case safetensors.F32:
		decode = func(b []byte) float32 { return math.Float32frombits(little.Uint32(b)) }
	case safetensors.F64:
		decode = func(b []byte) float32 { return float32(math.Float64frombits(little.Uint64(b))) }
	case safetensors.F16:
		decode = func(b []byte) float32 { return float16.Frombits(little.Uint16(b)).Float32() }
	case safetensors.BF16: // the upper half of a float32
		decode = func(b []byte) float32 { return math.Float32frombits(uint32(little.Uint16(b)) << 16) }
	default:
		return nil, fmt.Errorf("is %v; want F32, F64, F16 or BF16", v.DType())
	}
	data, size := v.Data(), int(v.DType().Size())
	values := make([]float32, len(data)/size)
	for i := range values {
		values[i] = decode(data[i*size:])
	}
	return values, nil
}
