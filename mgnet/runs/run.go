// Package runs holds what a training starts from and what it leaves behind: the
// [Run] and its [Recipe] in config.json, the checkpoint with its [State], and the lock
// that gives a folder one writer. It knows nothing of how a network is trained, so
// whoever evaluates, exports or serves a trained model needs this package alone:
// [Open] loads the network of a run's folder.
package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"mgtool/internal/strictjson"
	"mgtool/mgnet"
	"mgtool/vision"
)

// Run describes a training, as config.json in its folder does. The same Run gives the
// same bits, however often it is stopped and resumed.
type Run struct {
	Model  mgnet.Model `json:"model"`
	Recipe Recipe      `json:"recipe,omitzero"`
	Seed   uint64      `json:"seed"`

	// Imported names the file that the weights came from; empty if they were trained
	// here. Imported weights have no recipe.
	Imported string `json:"imported,omitempty"`

	// Mean and Std, if not nil, normalise the images in place of the moments of Data;
	// see [Run.SetMoments].
	Mean []float32 `json:"mean,omitempty"`
	Std  []float32 `json:"std,omitempty"`

	// Job, if not empty, is what the model learns in place of the classes of images, and
	// Settings are those of the job; see package job. DataDir is then the place of its data,
	// and Data a label.
	Job      string          `json:"job,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`

	Data    string `json:"data"`               // a name that vision.Load knows
	DataDir string `json:"data_dir,omitempty"` // where its files are
	Limit   int    `json:"limit,omitempty"`    // train and test on the first Limit images each; 0 for all

	// HoldOut k, if not 0, holds every k-th training image of a class out and tests on
	// those instead of the test images, for choosing settings.
	HoldOut int `json:"hold_out,omitempty"`

	// Folder, if not nil, says how DataDir, a folder of class folders, is read; Data is
	// then only a label.
	Folder *vision.Folder `json:"folder,omitempty"`

	// Checkpoints kept beside the last one; they do not change the training. KeepBest
	// keeps that of the epoch with the best test accuracy, the first of several, as
	// best.safetensors: it is chosen on the test images, so its test accuracy is biased
	// upwards. KeepEvery k, if not 0, keeps one after every k-th epoch.
	KeepBest  bool `json:"keep_best,omitempty"`
	KeepEvery int  `json:"keep_every,omitempty"`

	// Origin is noted by train.NewTrainer; it is empty in runs of older programs.
	Origin Origin `json:"origin,omitzero"`
}

// UnmarshalJSON reads a run strictly: the model by the keys of its family. An unknown
// key is an error.
func (r *Run) UnmarshalJSON(data []byte) error {
	type plain Run
	of := struct {
		*plain
		Model json.RawMessage `json:"model"`
	}{plain: (*plain)(r)}
	if err := strictjson.Decode(data, &of); err != nil {
		return err
	}
	r.Model = nil
	if len(of.Model) == 0 || string(of.Model) == "null" {
		return nil
	}
	m, err := mgnet.Decode(of.Model)
	if err != nil {
		return strictjson.Within("model", err)
	}
	r.Model = m
	return nil
}

// The files of a run's folder.
const (
	ConfigFile     = "config.json"
	CheckpointFile = "checkpoint.safetensors"
	BestFile       = "best.safetensors"
	MetricsFile    = "metrics.csv"
	CurvesFile     = "curves.png"
	LockFile       = ".lock" // there while a training runs
)

// ReadRun reads a folder's config.json. An unknown key is an error.
func ReadRun(dir string) (Run, error) {
	var r Run
	data, err := strictjson.ReadFile(filepath.Join(dir, ConfigFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("mgnet: %s is not the folder of a run: it has no %s", dir, ConfigFile)
	}
	if err != nil {
		return r, fmt.Errorf("mgnet: run: %w", err)
	}
	if err = strictjson.Decode(data, &r); err == nil {
		err = r.Validate()
	}
	if err != nil {
		return r, fmt.Errorf("mgnet: %s: %w", filepath.Join(dir, ConfigFile), err)
	}
	return r, nil
}

// Validate reports the first invalid setting.
func (r Run) Validate() error {
	checks := []func() error{func() error { return mgnet.Validate(r.Model) }, r.validateMoments}
	if r.Imported == "" {
		checks = append(checks, r.Recipe.Validate)
	}
	if r.Folder != nil {
		checks = append(checks, r.Folder.Validate)
	}
	if r.Job == "" && len(r.Settings) > 0 {
		return fmt.Errorf("settings without a job; want the key job too")
	}
	if r.Job != "" && (r.Folder != nil || r.Mean != nil || r.Std != nil) {
		return fmt.Errorf("job %q with the keys folder, mean or std, which are for the classes of images; want them left out", r.Job)
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	if r.Limit < 0 {
		return fmt.Errorf("limit of %d images; want 0 or more", r.Limit)
	}
	return nil
}

// identity is all that decides a run's result, as JSON: the place of its data may
// change, and so may what is kept, what a recipe says of its source, and the program.
func (r Run) identity() (string, error) {
	r.DataDir, r.KeepBest, r.KeepEvery, r.Recipe.Source, r.Origin = "", false, 0, "", Origin{}
	text, err := json.Marshal(r)
	return string(text), err
}

// wrote reports how the identity that a checkpoint holds differs from the run's. An
// older one may have its keys in another order.
func (r Run) wrote(text string) error {
	want, err := r.identity()
	if err != nil {
		return err
	}
	got := text
	var other Run
	if strictjson.Decode([]byte(text), &other) == nil {
		if got, err = other.identity(); err != nil {
			return err
		}
	}
	if got != want {
		return fmt.Errorf("%s; want %s", got, want)
	}
	return nil
}

// checkNames reports a name that is not UTF-8, as those of files may be: JSON cannot
// hold it, so config.json would come back with another one.
func (r Run) checkNames() error {
	names := []string{r.Data, r.DataDir, r.Imported}
	if r.Folder != nil {
		names = append(names, r.Folder.Classes...)
	}
	for _, name := range names {
		if !utf8.ValidString(name) {
			return fmt.Errorf("mgnet: the name %.200q is not UTF-8, so %s cannot hold it; rename the file or folder", name, ConfigFile)
		}
	}
	return nil
}

// encode writes the run as config.json has it.
func (r Run) encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// images reports a run whose job is not the classes of images.
func (r Run) images() error {
	if r.Job != "" {
		return fmt.Errorf("mgnet: the run's job is %s; want a run on images of one class each", r.Job)
	}
	return nil
}

// Load reads the run's training and test images.
func (r Run) Load() (train, test *vision.Dataset, err error) {
	if err := r.images(); err != nil {
		return nil, nil, err
	}
	if r.Folder != nil {
		train, test, err = r.Folder.Load(r.DataDir)
	} else {
		train, test, err = vision.Load(r.Data, r.DataDir)
	}
	if err != nil {
		return nil, nil, err
	}
	r.normalise(train, test)
	if train, err = train.Limit(r.Limit); err != nil {
		return nil, nil, err
	}
	if r.HoldOut != 0 {
		return train.HoldOut(r.HoldOut)
	}
	test, err = r.limitTest(test)
	return train, test, err
}

// LoadTest reads the images that the run is evaluated on, and no others.
func (r Run) LoadTest() (*vision.Dataset, error) {
	if err := r.images(); err != nil {
		return nil, err
	}
	if r.HoldOut != 0 {
		_, held, err := r.Load()
		return held, err
	}
	load := func() (*vision.Dataset, error) { return vision.LoadTest(r.Data, r.DataDir) }
	if r.Folder != nil {
		if r.DataDir == "" { // of imported weights
			return nil, fmt.Errorf("mgnet: where %s is, the folder of the run's images, is not known; give it as data-dir", r.Data)
		}
		load = func() (*vision.Dataset, error) { return r.Folder.LoadTest(r.DataDir) }
	}
	test, err := load()
	if err != nil {
		return nil, err
	}
	r.normalise(test)
	return r.limitTest(test)
}

// Describe returns the run's data set without its images: sizes, classes and moments.
func (r Run) Describe() (*vision.Dataset, error) {
	if err := r.images(); err != nil {
		return nil, err
	}
	if r.Folder != nil {
		return r.Folder.Describe(), nil
	}
	d, err := vision.Describe(r.Data)
	if err == nil {
		r.normalise(d)
	}
	return d, err
}

func (r Run) limitTest(test *vision.Dataset) (*vision.Dataset, error) {
	return test.Limit(min(r.Limit, test.Len()))
}

// Open loads the network of a run from its last checkpoint: the averaged weights if
// the recipe averages them.
func Open(dir string) (*mgnet.Network, Run, error) { return OpenCheckpoint(dir, "last") }

// OpenCheckpoint is [Open] for a chosen checkpoint: "last", "best" (see [Run.KeepBest]),
// or a file; a bare name is looked up in the run's folder.
func OpenCheckpoint(dir, checkpoint string) (*mgnet.Network, Run, error) {
	r, err := ReadRun(dir)
	if err != nil {
		return nil, r, err
	}
	n, err := mgnet.Empty(r.Model)
	if err != nil {
		return nil, r, err
	}
	path := checkpoint
	switch {
	case checkpoint == "last":
		path = filepath.Join(dir, CheckpointFile)
	case checkpoint == "best":
		path = filepath.Join(dir, BestFile)
	case filepath.Base(checkpoint) == checkpoint:
		path = filepath.Join(dir, checkpoint)
	}
	_, err = LoadCheckpoint(n, path, nil, nil)
	return n, r, err
}

// FitsData reports images of r.Data that r.Model does not take: of another size or
// other channels, or with more or fewer classes than it has. stated is what the file of
// the weights says of itself, if it does: a model that was trained with more classes
// than its data have keeps them.
func (r Run) FitsData(stated Run) error {
	about, err := r.Describe()
	if err != nil {
		return err
	}
	c := r.Model.Sig()
	if c.Fits(r.Data, about.Height, about.Width, about.Channels, len(about.Classes)) == nil {
		if c.Classes == len(about.Classes) {
			return nil
		}
		if own, err := stated.Describe(); err == nil && slices.Equal(own.Classes, about.Classes) {
			return nil
		}
	}
	return fmt.Errorf("mgnet: %s has images of %d×%d×%d in %d classes; the model takes %d×%d×%d in %d",
		r.Data, about.Height, about.Width, about.Channels, len(about.Classes), c.Height, c.Width, c.InChannels, c.Classes)
}

// ParseModel reads a model from JSON: its configuration, or the config.json of a whole
// [Run], whose model it is. An unknown key is an error.
func ParseModel(data []byte) (mgnet.Model, error) {
	if !strictjson.IsObject(strictjson.TopKeys(data)["model"]) {
		return mgnet.ParseConfig(data)
	}
	var r Run
	if err := strictjson.Decode(data, &r); err != nil {
		return nil, fmt.Errorf("mgnet: model configuration: %w", err)
	}
	return r.Model, mgnet.Validate(r.Model)
}
