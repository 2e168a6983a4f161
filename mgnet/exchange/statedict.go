package exchange

// Files of weights, read with suspicion: by their header first, which states names,
// types and shapes, so that a file that is not of the model is refused before any
// memory is laid out for values.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"
	"github.com/x448/float16"

	"mgtool/internal/regularfile"
	"mgtool/internal/saturating"
	"mgtool/internal/strictjson"
)

// stateDict is a file of weights: what its header states, and the values behind it.
type stateDict struct {
	tensors map[string]*safetensors.TensorInfo
	about   map[string]string // its metadata
	values  io.ReaderAt
}

// openStateDict reads the header of a file. close is to be called after the values
// were read.
func openStateDict(path string) (s stateDict, close func() error, err error) {
	f, size, err := regularfile.Open(path)
	if err != nil {
		return s, nil, fmt.Errorf("mgnet: import: %w", err)
	}
	if s, err = parseStateDict(path, f, size); err != nil {
		f.Close()
		return s, nil, err
	}
	return s, f.Close, nil
}

// parseStateDict reads the header of size bytes in a file of that name: a length of 8
// bytes, then so many bytes of JSON, then the values.
func parseStateDict(path string, file io.ReaderAt, size int64) (s stateDict, err error) {
	head := make([]byte, min(size, 1024))
	if _, err := file.ReadAt(head, 0); err != nil && err != io.EOF {
		return s, fmt.Errorf("mgnet: import: %w", err)
	}
	damaged := func(format string, a ...any) error {
		return fmt.Errorf("mgnet: %s is not a whole safetensors file: %w", path, fmt.Errorf(format, a...))
	}
	if len(head) < 9 || head[8] != '{' {
		if err := foreignFormat(path, head); err != nil {
			return s, err
		}
		return s, damaged("it does not begin with a header")
	}
	length := binary.LittleEndian.Uint64(head)
	switch {
	case length > strictjson.Most:
		return s, damaged("its header would have %d bytes; want at most %d", length, strictjson.Most)
	case int64(length) > size-8:
		return s, damaged("its header would have %d bytes, the file has %d", length, size)
	}
	text := make([]byte, length)
	if _, err := file.ReadAt(text, 8); err != nil && err != io.EOF {
		return s, fmt.Errorf("mgnet: import: %w", err)
	}
	var header safetensors.Metadata
	if err := json.Unmarshal(text, &header); err != nil {
		return s, damaged("its header: %w", strictjson.Brief(err))
	}
	begin := 8 + int64(length)
	s = stateDict{header.Tensors(), header.Metadata(), io.NewSectionReader(file, begin, size-begin)}
	if err := s.checkPlaces(size - begin); err != nil {
		return s, damaged("%w", err)
	}
	s.unwrap()
	return s, nil
}

// checkPlaces reports a tensor whose bytes are not behind those of the one before, or
// not as many as its shape takes, or values that there are not.
func (s stateDict) checkPlaces(size int64) error {
	names := slices.SortedFunc(maps.Keys(s.tensors), func(a, b string) int {
		return slices.Compare(s.tensors[a].DataOffsets[:], s.tensors[b].DataOffsets[:])
	})
	at := 0
	for _, name := range names {
		v := s.tensors[name]
		bytes := int(v.DType.Size())
		for _, d := range v.Shape {
			bytes = saturating.Product(bytes, int(min(d, math.MaxInt)))
		}
		if v.DataOffsets != [2]uint64{uint64(at), uint64(saturating.Sum(at, bytes))} {
			return fmt.Errorf("%s of shape %v is at bytes %d to %d; want %d to %d", strictjson.Shown(name), v.Shape, v.DataOffsets[0], v.DataOffsets[1], at, saturating.Sum(at, bytes))
		}
		at = saturating.Sum(at, bytes)
	}
	if int64(at) != size {
		return fmt.Errorf("there are %d bytes of values; want %d", size, at)
	}
	return nil
}

// wrappers are what programs put before every name: DataParallel, torch.compile and
// PyTorch Lightning.
var wrappers = []string{"module.", "_orig_mod.", "model."}

// unwrap takes such a prefix off, if all names have it.
func (s *stateDict) unwrap() {
	for again := len(s.tensors) > 0; again; {
		again = false
		for _, prefix := range wrappers {
			has := func(name string) bool { return strings.HasPrefix(name, prefix) && name != prefix }
			all := true
			for name := range s.tensors {
				all = all && has(name)
			}
			if !all {
				continue
			}
			tensors, about := map[string]*safetensors.TensorInfo{}, map[string]string{}
			for name, v := range s.tensors {
				tensors[name[len(prefix):]] = v
			}
			for name, text := range s.about { // of shared tensors, see ExportSmall
				about[strings.TrimPrefix(name, prefix)] = strings.TrimPrefix(text, prefix)
			}
			s.tensors, s.about, again = tensors, about, true
		}
	}
}

// foreignFormat reports a file that another program wrote in a form of its own, by its first
// bytes; nil if they are not known.
func foreignFormat(path string, head []byte) error {
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	legacy := len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5 // a pickle's protocol
	zip := begins("PK\x03\x04") || begins("PK\x05\x06")
	switch {
	case zip && bytes.Contains(head, []byte(".npy")):
		return fmt.Errorf("mgnet: %s is an archive of NumPy; want safetensors: safetensors.numpy.save_file(dict(loadCheckpoint(numpy, file)), new) makes it", path)
	case legacy || zip:
		// A pickle is a program, which is not run here. clone parts tensors that share
		// values, as save_file wants.
		return fmt.Errorf("mgnet: %s is a PyTorch pickle; want safetensors, to which this Python converts it: import torch, safetensors.torch; "+
			`d = torch.load(%q, map_location="cpu"); `+
			`safetensors.torch.save_file({k: v.contiguous().clone() for k, v in d.get("state_dict", d).items()}, %q)`,
			path, path, safetensorsName(path))
	case begins("\x89HDF"):
		return fmt.Errorf("mgnet: %s is an HDF5 file, as Keras writes it; want safetensors with the names of PyTorch", path)
	case begins("version https://git-lfs"):
		return fmt.Errorf("mgnet: %s is a pointer of Git LFS, not the file itself; want the file, which git lfs pull fetches", path)
	case begins("<"):
		return fmt.Errorf("mgnet: %s is a web page; want the safetensors file itself", path)
	}
	return nil
}

// safetensorsName is that of a file in the other format: its last ending replaced, or
// one more where it bears the right one already, so that nothing is written over it.
func safetensorsName(path string) string {
	if strings.HasSuffix(path, ".safetensors") {
		return path + ".safetensors"
	}
	if i := strings.LastIndexByte(path, '.'); i > strings.LastIndexAny(path, `/\`)+1 {
		path = path[:i]
	}
	return path + ".safetensors"
}

// match gives the tensor of each entry, nil for a count of batches that is not there.
// The error names the first that is not there or of another shape or type, or is not
// the model's.
func (s stateDict) match(list []entry) ([]*safetensors.TensorInfo, error) {
	found, strange := s.find(list)
	instead := ""
	if strange != "" {
		instead = fmt.Sprintf("; there is %s, which the model does not have", strictjson.Shown(strange))
	}
	for i, e := range list {
		v := found[i]
		switch {
		case v == nil && e.counter():
			continue
		case v == nil:
			return nil, fmt.Errorf("there is no %s, want it with shape %v%s", e.name, e.Shape(), instead)
		case e.counter() && slices.Equal(v.Shape, []uint64{1}): // as NumPy has a scalar
		case !slices.Equal(v.Shape, e.Shape()):
			return nil, fmt.Errorf("%s has shape %v; want %v", e.name, v.Shape, e.Shape())
		case !e.counter() && decoders[v.DType] == nil:
			return nil, fmt.Errorf("%s is %v; want F32, F64, F16 or BF16", e.name, v.DType)
		}
	}
	if strange != "" {
		return nil, fmt.Errorf("there is %s, which the model does not have; want the model that the file is of", strictjson.Shown(strange))
	}
	return found, nil
}

// find gives the tensor of each entry, nil if it is not there, and the first name
// that is none of them.
func (s stateDict) find(list []entry) (found []*safetensors.TensorInfo, strange string) {
	used := map[string]bool{}
	for _, e := range list {
		var tensor *safetensors.TensorInfo
		// Files without copies say in the metadata which name the tensor is under.
		for _, name := range append(spellings(e.name), s.about[e.name]) {
			if v, ok := s.tensors[name]; ok {
				tensor, used[name] = v, true
				break
			}
		}
		found = append(found, tensor)
	}
	for _, name := range slices.Sorted(maps.Keys(s.tensors)) {
		if !used[name] {
			return found, name
		}
	}
	return found, ""
}

// decoders make a float32 of the bytes of a value.
var decoders = map[safetensors.DType]func(b []byte) float32{
	safetensors.F32: func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
	safetensors.F64: func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
	safetensors.F16: func(b []byte) float32 { return float16.Frombits(binary.LittleEndian.Uint16(b)).Float32() },
	safetensors.BF16: func(b []byte) float32 { // the upper half of a float32
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
	},
}

// floats reads a tensor, of a type that has a decoder, as float32.
func (s stateDict) floats(v *safetensors.TensorInfo) ([]float32, error) {
	data, size := make([]byte, v.DataOffsets[1]-v.DataOffsets[0]), int(v.DType.Size())
	if _, err := s.values.ReadAt(data, int64(v.DataOffsets[0])); err != nil && err != io.EOF {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	decode := decoders[v.DType]
	values := make([]float32, len(data)/size)
	for i := range values {
		values[i] = decode(data[i*size:])
	}
	return values, nil
}
