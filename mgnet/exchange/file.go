package exchange

// The files of weights that are exchanged.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"
	"github.com/x448/float16"

	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// exportedRun is the key of the metadata under which a file of ours has its run.
const exportedRun = "mgtool.run"

// Export writes the network's weights as a PyTorch state_dict in a safetensors file,
// whole or not at all: for load_state_dict of modules with the names that
// mgnet/names.go lists, as testdata/mgnet_torch.py has them. All is float32,
// convolutions are (out, in, k, k), transposed ones (in, out, k, k), those of sequences
// without the first k, linear maps (out, in); counts of batches are int64 and 0. The metadata state r's model and data, so
// that [Import] needs no more.
func Export(file string, n *mgnet.Network, r runs.Run) error { return export(file, n, r, false) }

// ExportSmall is Export in half the bytes or less: kernels and matrices are float16,
// rounded to nearest, and a tensor that several modules share is there once, under
// its first name; the metadata say so for the others, as load_model of
// safetensors.torch reads it.
func ExportSmall(file string, n *mgnet.Network, r runs.Run) error { return export(file, n, r, true) }

func export(file string, n *mgnet.Network, r runs.Run, small bool) error {
	list, err := entries(n)
	if err != nil {
		return err
	}
	about, err := json.Marshal(runs.Run{Model: n.Model, Data: r.Data, Folder: r.Folder, Mean: r.Mean, Std: r.Std})
	if err != nil {
		return fmt.Errorf("mgnet: export: %w", err)
	}
	meta := map[string]string{"format": "pt", exportedRun: string(about)}
	views, first := map[string]entry{}, map[*float32]string{}
	for _, e := range list {
		if small && !e.counter() {
			at := &e.here.Data[0]
			if before, again := first[at]; again {
				meta[e.name] = before
				continue
			}
			first[at] = e.name
			if e.half = len(e.here.Shape) > 1; e.half {
				if k := slices.IndexFunc(e.here.Data, func(v float32) bool { return float16.Fromfloat32(v).IsInf(0) }); k >= 0 {
					return fmt.Errorf("mgnet: export: %s has %g, which is no float16; want less than 65520, or float32", e.name, e.here.Data[k])
				}
			}
		}
		views[e.name] = e
	}
	return atomicfile.Write(file, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, meta, w)
	})
}

// ReadExported gives the model and the data that a file written by [Export] states;
// ok is false for a file that states none.
func ReadExported(file string) (r runs.Run, ok bool, err error) {
	s, closeFile, err := openStateDict(file)
	if err != nil {
		return r, false, err
	}
	defer closeFile()
	return s.run(file)
}

// run is what the file says of itself.
func (s stateDict) run(file string) (r runs.Run, ok bool, err error) {
	text, ok := s.about[exportedRun]
	if !ok {
		return r, false, nil
	}
	err = strictjson.Decode([]byte(text), &r)
	if r.Imported = filepath.Base(file); err == nil {
		err = r.Validate()
	}
	if err != nil {
		return r, false, fmt.Errorf("mgnet: %s of %s: %w", exportedRun, file, err)
	}
	return r, true, nil
}

// Decode is the network in the bytes of a file that [Export] or [ExportSmall] wrote,
// with the model and data it states. name is the file's, for errors.
func Decode(name string, data []byte) (*mgnet.Network, runs.Run, error) {
	s, err := parseStateDict(name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, runs.Run{}, err
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

// network makes one with the values of the file. A file of another model is refused
// before there is memory for them.
func (s stateDict) network(file string, c mgnet.Model) (*mgnet.Network, error) {
	if err := mgnet.Validate(c); err != nil {
		return nil, err
	}
	wrong := func(err error) (*mgnet.Network, error) { return nil, fmt.Errorf("mgnet: %s: %w", file, err) }
	list, err := entries(mgnet.Layout(c))
	if err == nil {
		_, err = s.match(list)
	}
	if err != nil {
		return wrong(err)
	}
	n, err := mgnet.Empty(c)
	if err != nil {
		return nil, err
	}
	if err := take(n, s); err != nil {
		return wrong(err)
	}
	return n, nil
}

// Import makes the folder dir of a run from a PyTorch state_dict in a safetensors
// file: the network of r.Model with its weights, for images of r.Data. Every tensor
// of the file must be used and every one of the network be given, with its shape, as
// float32, 64, 16 or bfloat16; a shared operator must be the same under all its
// names, a fixed one that of the model. The error names the first difference, and
// nothing is written then. Counts of batches may be missing.
func Import(file, dir string, r runs.Run) (*mgnet.Network, error) {
	r.Imported = filepath.Base(file)
	if err := r.Validate(); err != nil {
		return nil, err
	}
	s, closeFile, err := openStateDict(file)
	if err != nil {
		return nil, err
	}
	defer closeFile()
	stated, _, err := s.run(file)
	if err != nil {
		return nil, err
	}
	if err := r.FitsData(stated); err != nil {
		return nil, err
	}
	n, err := s.network(file, r.Model)
	if err != nil {
		return nil, err
	}
	return n, Save(dir, n, r)
}

// Save makes the folder dir of a run that was not trained here: r.Imported says where n, a
// network of r.Model, comes from.
func Save(dir string, n *mgnet.Network, r runs.Run) error {
	f, err := runs.Create(dir)
	if err != nil {
		return err
	}
	defer f.Release()
	if err := f.Begin(r); err != nil {
		return err
	}
	return runs.WriteCheckpoint(filepath.Join(dir, runs.CheckpointFile), n.Tensors(nil), runs.State{}, r)
}

// take sets the network's values to those of a file.
func take(n *mgnet.Network, s stateDict) error {
	list, err := entries(n)
	if err != nil {
		return err
	}
	found, err := s.match(list)
	if err != nil {
		return err
	}
	taken := map[*float32]string{} // the first value of a tensor: the name it came under
	for i, e := range list {
		if e.counter() {
			continue
		}
		theirs, err := s.floats(found[i])
		if err == nil {
			err = e.check(theirs)
		}
		if err != nil {
			return fmt.Errorf("%s %w", e.name, err)
		}
		values := make([]float32, len(theirs))
		reorder(values, theirs, e.here.Shape, true)
		k := difference(values, e.here.Data)
		switch before, again := taken[&e.here.Data[0]]; {
		case again && k >= 0:
			return fmt.Errorf("%s and %s differ, %g and %g, but are one tensor of the model; want them equal, or a model that shares less", before, e.name, e.here.Data[k], values[k])
		case e.fixed && k >= 0:
			return fmt.Errorf("%s has %g where the model has it fixed to %g; want the values of the model", e.name, values[k], e.here.Data[k])
		}
		taken[&e.here.Data[0]] = e.name
		copy(e.here.Data, values)
	}
	return nil
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
