package tool

// The shape of a model: what a user asks for, over the defaults of the model.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/strictjson"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// Shape describes a model. Zero and empty fields leave the model as it is; for the
// values see [mgnet.MgNet] and [mgnet.Walk].
type Shape struct {
	Model string // its name, see [mgnet.Catalogue]
	File  string // or a JSON file with a whole configuration; nothing else is set then

	Channels, Smoothings   []int // of each level; one number of channels is for all
	ShareA, ShareB, ShareR string
	Depthwise              []string
	Activation             string
	Cycle, Norm, R, Pi     string
	HatSupport             []float64
	HatTrained             bool
	Kernel                 int
	Stem, StemStride       int
	StemPool               bool
	Height, Width, In      int // of the images; those of a data set take precedence
	Classes                int
}

// imagesOf is the size and the classes of a data set, as a model takes them.
func imagesOf(d *vision.Dataset) mgnet.Signature {
	return mgnet.Signature{Height: d.Height, Width: d.Width, InChannels: d.Channels, Classes: len(d.Classes)}
}

// Make makes the model for the images and classes of data, each of which, if zero, is that
// of the shape or the model's own. If File is a pipe, Make stops reading it when ctx is
// cancelled.
func (s Shape) Make(ctx context.Context, data mgnet.Signature) (mgnet.Model, error) {
	if s.File != "" {
		return readModel(ctx, s.File)
	}
	m, err := mgnet.Lookup(s.Model)
	if err != nil {
		return nil, Usage(err)
	}
	if len(s.Channels) > 0 && !m.Channels {
		return nil, s.without("channels")
	}
	if len(s.Smoothings) > 0 && !m.Levels {
		return nil, s.without("smoothings")
	}
	model, err := m.Make(mgnet.Signature{
		Height:     cmp.Or(s.Height, data.Height, m.Usual.Height),
		Width:      cmp.Or(s.Width, data.Width, m.Usual.Width),
		InChannels: cmp.Or(s.In, data.InChannels, m.Usual.InChannels),
		Classes:    cmp.Or(s.Classes, data.Classes, m.Usual.Classes),
	}, s.Channels, s.Smoothings)
	if err == nil {
		keys := s.keys()
		for _, key := range slices.Backward(slices.Sorted(maps.Keys(keys))) { // stem, which the others set too, after them
			if given := keys[key] != 0 && keys[key] != false; given && !mgnet.HasKey(model, key) {
				return nil, s.without(strings.ReplaceAll(key, "_", "-"))
			}
		}
		model, err = mgnet.With(model, keys)
	}
	if err == nil {
		err = mgnet.Validate(model)
	}
	if errors.Is(err, mgnet.ErrTooLarge) { // as what does not fit the memory later
		return model, err
	}
	return model, Usage(err)
}

// without refuses a flag that the model has no use for.
func (s Shape) without(flag string) error {
	return Usagef("--%s does not apply to %s; drop the flag or choose another model", flag, s.Model)
}

// keys are the values of the shape that replace the model's own, by the keys of its JSON.
func (s Shape) keys() map[string]any {
	keys := map[string]any{}
	for key, value := range map[string]string{
		"share_a": s.ShareA, "share_b": s.ShareB, "share_r": s.ShareR, "r": s.R, "pi": s.Pi,
		"norm": s.Norm, "activation": s.Activation, "cycle": s.Cycle,
	} {
		if value != "" {
			keys[key] = value
		}
	}
	if s.Stem != 0 || s.StemStride != 0 || s.StemPool { // in place of that of large images
		keys["stem"], keys["stem_stride"], keys["stem_pool"] = cmp.Or(s.Stem, 3), s.StemStride, s.StemPool
	}
	if s.Kernel != 0 {
		keys["kernel"] = s.Kernel
	}
	if len(s.HatSupport) > 0 {
		keys["hat_support"] = s.HatSupport
	}
	if s.HatTrained {
		keys["hat_trained"] = true
	}
	if len(s.Depthwise) > 0 {
		keys["depthwise"] = s.Depthwise
	}
	return keys
}

// Name is for the folder of a run.
func (s Shape) Name() string {
	if s.File != "" {
		return strings.TrimSuffix(filepath.Base(s.File), ".json")
	}
	return s.Model
}

// readModel is the model of a file.
func readModel(ctx context.Context, path string) (mgnet.Model, error) {
	text, err := readJSON(ctx, path)
	if err != nil {
		return nil, err
	}
	c, err := runs.ParseModel(text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readJSON reads a file, or a pipe until ctx is cancelled: a pipe may have no writer.
func readJSON(ctx context.Context, path string) ([]byte, error) {
	return orStop(ctx, func() ([]byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		data, err := strictjson.Read(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return data, nil
	})
}
