package tool

// The shape of a model: what a user asks for, over the defaults of the model.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mgtool/internal/strictjson"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// DefaultChannels of each level of a model over grids.
const DefaultChannels = 64

// Shape describes a model. Zero and empty fields leave the model as it is; for the
// values see [mgnet.Config].
type Shape struct {
	Model string // its name, see [Models]
	File  string // or a JSON file with a whole configuration, with nothing else given

	Channels, Smoothings   []int // of each level; one number of channels is for all
	DefaultChannels        int   // where Channels is empty, of a model over grids
	ShareA, ShareB, ShareR string
	Depthwise              []string
	Activation             string
	Cycle, Norm, R, Pi     string
	HatSupport             []float64
	HatTrained             bool
	Stem, StemStride       int
	StemPool               bool
	Height, Width, In      int // of the images; where a data set says otherwise, that holds
	Classes                int
}

// largeImage is the smaller side, in pixels, from which on a stem makes images
// smaller, as for ImageNet, unless the shape says what it does.
const largeImage = 128

// Config makes the model for the images and classes of data; where these are zero, the
// shape or the model's own hold. A pipe as File is given up when ctx is cancelled.
func (s Shape) Config(ctx context.Context, data Images) (mgnet.Config, error) {
	if s.File != "" {
		return readConfig(ctx, s.File)
	}
	m, err := lookupModel(s.Model)
	if err != nil {
		return mgnet.Config{}, err
	}
	if len(s.Channels) > 0 && !m.channels || len(s.Smoothings) > 0 && !m.levels {
		return mgnet.Config{}, Usagef("the channels and smoothings of %s are fixed; drop these flags or choose another model", m.Name)
	}
	c, err := m.config(Images{
		Height:   cmp.Or(s.Height, data.Height, m.images.Height),
		Width:    cmp.Or(s.Width, data.Width, m.images.Width),
		Channels: cmp.Or(s.In, data.Channels, m.images.Channels),
		Classes:  cmp.Or(s.Classes, data.Classes, m.images.Classes),
	}, s)
	if err != nil {
		return c, Usage(err)
	}
	s.apply(&c)
	err = c.Validate()
	if errors.Is(err, mgnet.ErrTooLarge) { // as what does not fit the memory later
		return c, err
	}
	return c, Usage(err)
}

// apply sets what the shape says over what the model has.
func (s Shape) apply(c *mgnet.Config) {
	for _, v := range []struct {
		to   *string
		from string
	}{{&c.ShareA, s.ShareA}, {&c.ShareB, s.ShareB}, {&c.ShareR, s.ShareR}, {&c.R, s.R}, {&c.Pi, s.Pi}, {&c.Norm, s.Norm}, {&c.Activation, s.Activation}, {&c.Cycle, s.Cycle}} {
		*v.to = cmp.Or(v.from, *v.to)
	}
	c.StemStride, c.StemPool = s.StemStride, s.StemPool
	switch {
	case s.Stem != 0:
		c.Stem = s.Stem
	case c.Stem != 0 && !c.Whiten && s.StemStride == 0 && !s.StemPool && min(c.Height, c.Width) >= largeImage:
		c.ImageNetStem()
	}
	c.HatSupport, c.HatTrained, c.Depthwise = s.HatSupport, s.HatTrained, s.Depthwise
}

// Name is for the folder of a run.
func (s Shape) Name() string {
	if s.File != "" {
		return strings.TrimSuffix(filepath.Base(s.File), ".json")
	}
	return s.Model
}

// readConfig is the configuration of a file.
func readConfig(ctx context.Context, path string) (mgnet.Config, error) {
	text, err := readJSON(ctx, path)
	if err != nil {
		return mgnet.Config{}, err
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
