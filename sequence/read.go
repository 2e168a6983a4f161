package sequence

// Data sets of files: one file, or a training and a test part as in the UCR archive, whose
// names end in _TRAIN and _TEST.

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Reading says how files are read. Its zero value takes a sequence from each line or row.
type Reading struct {
	// Labels is where the label of a sequence is: "first" or "last" column, or "file" for
	// NAME_labels.npy or NAME_labels.txt beside NAME.npy. Empty is the file if there is one;
	// else the first column of a text file, as in the UCR archive, and the last of an array
	// or a record.
	Labels string `json:"labels,omitempty"`
	// Channels is the number of values at each place of a line: x₁ y₁ z₁ x₂ y₂ z₂ … has 3.
	// 0 is 1, or that of an array with three axes.
	Channels int `json:"channels,omitempty"`
	// Window, if not 0, takes a file as one record, a place a line or row and a channel a
	// column, and cuts it into sequences of so many places, each Step places after the one
	// before (0 is Window). The label of a window is that of most of its places.
	Window int `json:"window,omitempty"`
	Step   int `json:"step,omitempty"`
}

// maxLength bounds the places of a sequence, maxChannels its channels; see
// [mgtool/mgnet.Validate].
const (
	maxLength   = 1 << 20
	maxChannels = 1 << 14
)

// Validate reports the first setting with which no file can be read.
func (r Reading) Validate() error {
	switch {
	case r.Labels != "" && r.Labels != "first" && r.Labels != "last" && r.Labels != "file":
		return fmt.Errorf("sequence: labels %q; want first, last or file", r.Labels)
	case r.Channels < 0 || r.Channels > maxChannels:
		return fmt.Errorf("sequence: %d channels; want 1 to %d, or 0 for those of the data", r.Channels, maxChannels)
	case r.Window < 0 || r.Window > maxLength:
		return fmt.Errorf("sequence: windows of %d places; want 1 to %d, or 0 for a sequence a line", r.Window, maxLength)
	case r.Step < 0 || r.Step > maxLength:
		return fmt.Errorf("sequence: a step of %d places; want 1 to %d, or 0 for that of the window", r.Step, maxLength)
	case r.Step > 0 && r.Window == 0:
		return fmt.Errorf("sequence: a step of %d places without windows; want their length too", r.Step)
	}
	return nil
}

// samples are sequences with their labels as text, or one record, whose places have labels.
type samples struct {
	path             string
	length, channels int // of a sequence; a record has one place a row
	x                []float32
	labels           []string             // nil without labels
	place            func(row int) string // for errors: "line 3"
}

func (s *samples) len() int { return len(s.x) / (s.length * s.channels) }

// trainingPart matches the name of the training part of a data set.
var trainingPart = regexp.MustCompile(`(?i)^(.*?)([_-]?)(train)(\.(?:tsv|txt|csv|npy))$`)

// Parts finds the files of a data set by its path: that of a file, of the training part of
// two, or of a folder that holds such a part. test is empty where there is one file alone.
func Parts(path string) (name, train, test string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", "", "", fmt.Errorf("sequence: %w", err)
	}
	if info.IsDir() {
		if train, err = trainingFile(path); err != nil {
			return "", "", "", err
		}
		path = train
	}
	m := trainingPart.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		base := filepath.Base(path)
		return strings.TrimSuffix(base, filepath.Ext(base)), path, "", nil
	}
	word := "test"
	if m[3] == "TRAIN" {
		word = "TEST"
	} else if m[3] == "Train" {
		word = "Test"
	}
	if name = m[1]; name == "" {
		if at, err := filepath.Abs(path); err == nil {
			name = filepath.Base(filepath.Dir(at))
		}
	}
	test = filepath.Join(filepath.Dir(path), m[1]+m[2]+word+m[4])
	if _, err := os.Stat(test); err != nil {
		return "", "", "", fmt.Errorf("sequence: %s is a training part, and there is no %s; want both, or a file of another name", path, test)
	}
	return name, path, test, nil
}

// trainingFile is the one training part in a folder.
func trainingFile(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("sequence: %w", err)
	}
	var found []string
	for _, e := range entries {
		if trainingPart.MatchString(e.Name()) {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("sequence: %s has no file NAME_TRAIN.tsv, .txt, .csv or .npy; want such a file beside NAME_TEST, or the path of one file", dir)
	case 1:
		return filepath.Join(dir, found[0]), nil
	}
	return "", fmt.Errorf("sequence: %s has %d training parts, %s among them; want the path of one", dir, len(found), strings.Join(found[:2], " and "))
}

// labelled reads a file with labels.
func (r Reading) labelled(path string) (*samples, error) {
	array, beside := isArray(path), r.beside(path)
	if beside == "" && r.Labels == "file" {
		return nil, fmt.Errorf("sequence: %s has no labels beside it; want %s or .txt", path, labelsBeside(path))
	}
	column := firstColumn
	switch {
	case beside != "":
		column = noLabels
	case r.Labels == "last", r.Labels == "" && (array || r.Window > 0):
		column = lastColumn
	}
	s, err := r.samples(path, column)
	if err != nil || beside == "" {
		return s, err
	}
	if isArray(beside) {
		s.labels, err = arrayLabels(beside)
	} else {
		s.labels, err = readLabels(beside)
	}
	if err == nil && len(s.labels) != s.len() {
		err = fmt.Errorf("sequence: %s has %d labels, %s %d rows; want one each", beside, len(s.labels), path, s.len())
	}
	return s, err
}

// beside is the file of labels that goes with another, "" if there is none or the labels are
// in a column.
func (r Reading) beside(path string) string {
	if r.Labels == "file" || r.Labels == "" && isArray(path) {
		return findLabels(path)
	}
	return ""
}

func isArray(path string) bool { return strings.EqualFold(filepath.Ext(path), ".npy") }

// samples reads a file, with the labels of a column or without.
func (r Reading) samples(path string, column labelColumn) (*samples, error) {
	if isArray(path) {
		t, shape, err := readArray(path, column)
		if err != nil {
			return nil, err
		}
		return r.rows(t, shape)
	}
	t, err := readText(path, column)
	if err != nil {
		return nil, err
	}
	return r.rows(t, nil)
}

// rows makes sequences of the rows of a table, or a record. shape is that of an array.
func (r Reading) rows(t *table, shape []int) (*samples, error) {
	s := &samples{path: t.path, x: t.values, labels: t.labels, place: t.place}
	axes := 2
	if r.Window > 0 {
		axes = 1
	}
	switch {
	case len(shape) > axes+1:
		return nil, fmt.Errorf("sequence: %s is an array of shape %v; want at most %d axes, those of sequences (N, L, C) or of a record (T, C)", t.path, shape, axes+1)
	case r.Window > 0:
		s.length, s.channels = 1, t.columns
	case len(shape) == 3:
		s.length, s.channels = shape[1], shape[2]
	default:
		s.channels = max(1, r.Channels)
		s.length = t.columns / s.channels
		if t.columns%s.channels != 0 {
			return nil, fmt.Errorf("sequence: %s has %d values a line, which is no multiple of %d channels", t.path, t.columns, s.channels)
		}
	}
	if r.Channels != 0 && r.Channels != s.channels {
		return nil, fmt.Errorf("sequence: %s has %d channels; want the %d that were asked for", t.path, s.channels, r.Channels)
	}
	if s.length > maxLength || s.channels > maxChannels {
		return nil, fmt.Errorf("sequence: %s has sequences of %d places with %d channels; want at most %d and %d", t.path, s.length, s.channels, maxLength, maxChannels)
	}
	return s, nil
}

// holdOut divides a record into its last k-th and what is before. No window reaches from the
// one into the other.
func (s *samples) holdOut(k int) (rest, held *samples, err error) {
	if k < 2 || s.len() < k {
		return nil, nil, fmt.Errorf("sequence: %s has %d places, of which the last 1/%d is to be tested on; want %d places or more", s.path, s.len(), k, max(2, k))
	}
	at := s.len() - s.len()/k
	before, after := *s, *s
	before.x, after.x = s.x[:at*s.channels], s.x[at*s.channels:]
	if s.labels != nil {
		before.labels, after.labels = s.labels[:at], s.labels[at:]
	}
	before.path, after.path = fmt.Sprintf("%s without its last 1/%d", s.path, k), fmt.Sprintf("the last 1/%d of %s", k, s.path)
	return &before, &after, nil
}

// windows cuts a record into sequences.
func (r Reading) windows(s *samples) (*samples, error) {
	places, step := s.len(), r.Step
	if step == 0 {
		step = r.Window
	}
	if places < r.Window {
		return nil, fmt.Errorf("sequence: %s has %d places for windows of %d; want a longer record, or shorter windows", s.path, places, r.Window)
	}
	w := &samples{path: s.path, length: r.Window, channels: s.channels, place: func(row int) string { return fmt.Sprintf("the window at place %d", row*step) }}
	for at := 0; at+r.Window <= places; at += step {
		w.x = append(w.x, s.x[at*s.channels:(at+r.Window)*s.channels]...)
		if s.labels != nil {
			w.labels = append(w.labels, commonest(s.labels[at:at+r.Window]))
		}
	}
	return w, nil
}

// commonest is the label of most places, the first in order of several.
func commonest(labels []string) string {
	count := map[string]int{}
	for _, l := range labels {
		count[l]++
	}
	best := labels[0]
	for l, n := range count {
		if n > count[best] || n == count[best] && l < best {
			best = l
		}
	}
	return best
}

// set gives the labels of samples their numbers.
func (s *samples) set(name string, classes []string) (*Set, error) {
	number := map[string]int32{}
	for k, c := range classes {
		number[c] = int32(k)
	}
	set := &Set{Name: name, Length: s.length, Channels: s.channels, Classes: classes, X: s.x, Labels: make([]int32, len(s.labels))}
	for i, l := range s.labels {
		k, ok := number[l]
		if !ok {
			return nil, fmt.Errorf("sequence: %s, %s: the label is %s; those of the training part are %s", s.path, s.place(i), shown(l), some(classes))
		}
		set.Labels[i] = k
	}
	return set, nil
}

// some lists names, not too many.
func some(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
