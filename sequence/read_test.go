package sequence

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet/job"
)

// write puts a file in a folder and returns its path.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// npy is the text of a NumPy file of float64.
func npy(shape string, values ...float64) string {
	head := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", shape)
	head += strings.Repeat(" ", 117-len(head)) + "\n"
	data := append([]byte("\x93NUMPY\x01\x00\x76\x00"), head...)
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return string(data)
}

// read reads a set unscaled.
func read(t *testing.T, path string, part job.Part, change func(j *Job)) (train, test *Set) {
	t.Helper()
	j := NewJob()
	j.Normalise = "none"
	if change != nil {
		change(j)
	}
	train, test, err := j.Sets(path, part)
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

// The forms of files give the same two sets: a training part of 1 2 3 in class −1, 4 5 6 in
// class 1, and a test part of 7 8 9 in class 1.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		path        string // of the data, below the folder
		train, test string
		beside      map[string]string
		change      func(j *Job)
	}{
		"UCR, tabs":       {"", "-1\t1\t2\t3\n1\t4\t5\t6\n", "1\t7\t8\t9\n", nil, nil},
		"UCR, old":        {"X_TRAIN.txt", "  -1.0000000e+00  1.0 2.0 3.0 \r\n  1.0000000e+00   4 5 6\r\n\r\n", " 1.0   7 8 9", nil, nil},
		"CSV, label last": {"", "t1,t2,t3,what\n1,2,3,-1\n4,5,6,1\n", "t1,t2,t3,what\n7,8,9,1\n", nil, func(j *Job) { j.Labels = "last" }},
		"semicolons":      {"X_TRAIN.csv", "-1;1;2;3\n1;4;5;6", "\ufeff1; 7; 8; 9", nil, nil},
		"NumPy":           {"X_TRAIN.npy", npy("2, 4", 1, 2, 3, -1, 4, 5, 6, 1), npy("1, 4", 7, 8, 9, 1), nil, nil},
		"NumPy, labels beside": {"X_TRAIN.npy", npy("2, 3, 1", 1, 2, 3, 4, 5, 6), npy("1, 3", 7, 8, 9),
			map[string]string{"X_TRAIN_labels.npy": npy("2,", -1, 1), "X_TEST_labels.txt": "1\n"}, nil},
	} {
		dir := t.TempDir()
		if c.path == "" {
			c.path = "X_TRAIN.tsv"
		}
		write(t, dir, c.path, c.train)
		write(t, dir, strings.Replace(c.path, "TRAIN", "TEST", 1), c.test)
		for name, text := range c.beside {
			write(t, dir, name, text)
		}
		for _, path := range []string{dir, filepath.Join(dir, c.path)} {
			train, test := read(t, path, job.Part{}, c.change)
			if train.Name != "X" || train.Length != 3 || train.Channels != 1 || !slices.Equal(train.Classes, []string{"-1", "1"}) ||
				!slices.Equal(train.X, []float32{1, 2, 3, 4, 5, 6}) || !slices.Equal(train.Labels, []int32{0, 1}) {
				t.Errorf("%s: %+v", name, train)
			}
			if !slices.Equal(test.X, []float32{7, 8, 9}) || !slices.Equal(test.Labels, []int32{1}) {
				t.Errorf("%s: test part %+v", name, test)
			}
		}
	}
}

// A prediction shows the labels that there are: in a column, beside an array, or none.
func TestLabelsOfPrediction(t *testing.T) {
	array := npy("2, 2", 1, 2, 3, 4)
	for name, c := range map[string]struct {
		file, text string
		beside     map[string]string
		labels     string // where they are
		want       []string
	}{
		"none":          {"x.npy", array, nil, "", nil},
		"beside":        {"x.npy", array, map[string]string{"x_labels.npy": npy("2,", 7, 8)}, "", []string{"7", "8"}},
		"beside, text":  {"x.npy", array, map[string]string{"x_labels.txt": "b\na\n"}, "file", []string{"b", "a"}},
		"not asked for": {"x.npy", array, map[string]string{"x_labels.txt": "b\na\n"}, "last", nil},
		"a column":      {"x.npy", npy("2, 3", 1, 2, 7, 3, 4, 8), nil, "", []string{"7", "8"}},
	} {
		dir := t.TempDir()
		for file, text := range c.beside {
			write(t, dir, file, text)
		}
		j := NewJob()
		j.Labels, j.Length, j.Found = c.labels, 2, 1
		s, err := j.anyway(write(t, dir, c.file, c.text))
		if err != nil || !slices.Equal(s.labels, c.want) || !slices.Equal(s.x, []float32{1, 2, 3, 4}) {
			t.Errorf("%s: %+v (%v); want the labels %v", name, s, err, c.want)
		}
	}
}

// Three values at each place of a line are three channels.
func TestChannels(t *testing.T) {
	path := write(t, t.TempDir(), "walk.csv", strings.Repeat("a,1,2,3,4,5,6\nb,1,2,3,4,5,7\na,1,2,3,4,5,8\nb,1,2,3,4,5,9\n", 3))
	train, test := read(t, path, job.Part{}, func(j *Job) { j.Reading.Channels = 3 })
	if train.Length != 2 || train.Channels != 3 || train.Len() != 10 || test.Len() != 2 || test.X[11] != 7 {
		t.Errorf("%+v and %+v", train, test)
	}
	if form := train.Table().Form(); !slices.Equal(form.Input, []int{1, 2, 3}) || form.Labels != 1 || form.Classes != 2 {
		t.Errorf("%+v", form)
	}
}

// A record of ten places with two channels is cut into windows, each with the label of most
// of its places; no window reaches into the last fifth, which is tested on.
func TestWindows(t *testing.T) {
	var text strings.Builder
	for i := range 10 {
		fmt.Fprintf(&text, "%d,%d,%s\n", i, -i, []string{"rest", "walk"}[i/4%2])
	}
	path := write(t, t.TempDir(), "record.csv", text.String())
	train, test := read(t, path, job.Part{}, func(j *Job) { j.Window, j.Step = 2, 1 })
	if train.Len() != 7 || test.Len() != 1 || train.Channels != 2 || !slices.Equal(test.X, []float32{8, -8, 9, -9}) {
		t.Fatalf("%d and %d windows, %v", train.Len(), test.Len(), test.X)
	}
	if !slices.Equal(train.Labels, []int32{0, 0, 0, 0, 1, 1, 1}) || test.Labels[0] != 0 {
		t.Errorf("labels %v and %v", train.Labels, test.Labels)
	}
	// With three places the label is that of two of them at least.
	if train, _ = read(t, path, job.Part{HoldOut: 2}, func(j *Job) { j.Window, j.Step = 3, 1 }); !slices.Equal(train.Labels, []int32{0, 0}) {
		t.Errorf("labels %v of windows of three places", train.Labels)
	}
	array := write(t, t.TempDir(), "record.npy", npy("6, 2", 1, 0, 2, 0, 3, 1, 4, 1, 5, 0, 6, 1))
	if train, test = read(t, array, job.Part{}, func(j *Job) { j.Window = 1 }); !slices.Equal(train.X, []float32{1, 2, 3, 4, 5}) || !slices.Equal(test.X, []float32{6}) {
		t.Errorf("%v and %v", train.X, test.X)
	}
}

// What is held out to choose settings is neither tested nor trained on, of one file of
// sequences and of a record.
func TestHoldOutOfOneFile(t *testing.T) {
	var sequences, record strings.Builder
	for i := range 100 {
		fmt.Fprintf(&sequences, "%s,%d,0\n", []string{"a", "b"}[i/50], i)
		fmt.Fprintf(&record, "%d,%s\n", i, []string{"a", "b"}[i/3%2])
	}
	dir := t.TempDir()
	for name, window := range map[string]int{write(t, dir, "sequences.csv", sequences.String()): 0, write(t, dir, "record.csv", record.String()): 2} {
		parts := func(holdOut int) (training, test []float32) {
			one, two := read(t, name, job.Part{HoldOut: holdOut}, func(j *Job) { j.Window = window })
			for i := 0; window == 0 && i < len(one.X); i += 2 { // the number of a sequence
				training = append(training, one.X[i])
			}
			for i := 0; window == 0 && i < len(two.X); i += 2 {
				test = append(test, two.X[i])
			}
			if window > 0 {
				training, test = one.X, two.X
			}
			return training, test
		}
		others, test := parts(0)
		if len(others) != 80 || len(test) != 20 {
			t.Errorf("%s: %d to train and %d to test on; want 80 and 20", name, len(others), len(test))
		}
		for _, k := range []int{2, 4, 5} {
			training, held := parts(k)
			if len(held) != 80/k || len(training) != 80-80/k {
				t.Errorf("%s: %d to train on and %d held out of 80; want one in %d", name, len(training), len(held), k)
			}
			for _, v := range held {
				if slices.Contains(test, v) || slices.Contains(training, v) || !slices.Contains(others, v) {
					t.Errorf("%s: number %g is held out, one in %d; tested on: %v, trained on: %v", name, v, k, slices.Contains(test, v), slices.Contains(training, v))
				}
			}
		}
	}
}

// What is held out has every class in its share, whatever the order.
func TestHoldOut(t *testing.T) {
	s := &Set{Name: "s", Length: 1, Channels: 1, Classes: []string{"a", "b"}}
	for i := range 40 {
		s.X = append(s.X, float32(i))
		s.Labels = append(s.Labels, int32(i/30))
	}
	rest, held, err := s.HoldOut(5)
	if err != nil || rest.Len() != 32 || !slices.Equal(held.X, []float32{4, 9, 14, 19, 24, 29, 34, 39}) {
		t.Errorf("%v, held %v (%v)", rest, held, err)
	}
	// A small class gives its last, a single sequence stays.
	s.Classes, s.Labels[0] = []string{"a", "b", "c"}, 2
	rest, held, err = s.HoldOut(11)
	if err != nil || !slices.Equal(held.X, []float32{11, 22, 39}) || rest.Len() != 37 {
		t.Errorf("of classes with 29, 10 and 1, held %v (%v)", held, err)
	}
	if _, _, err := s.HoldOut(1); err == nil || !strings.Contains(err.Error(), "one of 1 sequences of each class in s to test on; want 2 or more") {
		t.Errorf("error %v of every sequence", err)
	}
}

// A limit takes the classes in turn, though the file is sorted by class.
func TestFirst(t *testing.T) {
	s := &Set{Length: 1, Channels: 1, Classes: []string{"a", "b", "c"}, X: []float32{0, 1, 2, 3, 4, 5, 6}, Labels: []int32{0, 0, 0, 0, 1, 2, 2}}
	for k, want := range map[int][]float32{0: s.X, 1: {0}, 2: {0, 4}, 3: {0, 4, 5}, 5: {0, 1, 4, 5, 6}, 6: {0, 1, 2, 4, 5, 6}, 9: s.X} {
		if got := s.First(k); !slices.Equal(got.X, want) || got.Len() != len(want) {
			t.Errorf("the first %d: %v, want %v", k, got.X, want)
		}
	}
}

// Each channel is scaled by its own moments: of each sequence, or of the training ones also
// in the test part. A constant channel becomes 0.
func TestScale(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "X_TRAIN.csv", "a,1,5,3,5\nb,5,5,7,5\n")
	write(t, dir, "X_TEST.csv", "a,9,6,4,5\n")
	train, test := read(t, dir, job.Part{}, func(j *Job) { j.Normalise, j.Reading.Channels = "sample", 2 })
	if !slices.Equal(train.X, []float32{-1, 0, 1, 0, -1, 0, 1, 0}) || !slices.Equal(test.X, []float32{1, 1, -1, -1}) {
		t.Errorf("%v and %v", train.X, test.X)
	}
	_, test = read(t, dir, job.Part{}, func(j *Job) { j.Normalise, j.Reading.Channels = "training", 2 })
	sd := math.Sqrt(5) // of 1, 3, 5, 7
	if want := []float32{float32(5 / sd), 1, 0, 0}; !slices.Equal(test.X, want) {
		t.Errorf("%v, want %v", test.X, want)
	}
}

// A file that is no data says where and why.
func TestReadErrors(t *testing.T) {
	good := "1\t1\t2\n2\t3\t4\n"
	for want, c := range map[string]struct {
		name, text string
		change     func(j *Job)
	}{
		"x.tsv, line 3: value 2 of 2 is missing (\"NaN\"); want a number":      {"x.tsv", good + "1\t1\tNaN\n", nil},
		"line 2: value 1 of 2 is missing (\"\")":                               {"x.csv", "1,1,2\n2,,4\n", nil},
		"line 2: value 2 of 2 is \"four\"; want a number":                      {"x.csv", "1,1,2\n2,3,four\n", nil},
		"value 2 of 2 is \"1e99\"; want a finite":                              {"x.csv", "1,1,1e99\n", nil},
		"value 1 of 2 is \"inf\"; want a finite":                               {"x.csv", "1,inf,2\n", nil},
		"line 3: 3 values; the first line has 2":                               {"x.tsv", good + "1\t1\t2\t3\n", nil},
		"line 2: the label is missing (\"?\")":                                 {"x.csv", "1,1,2\n?,3,4\n", nil},
		"line 1: one field; want a label":                                      {"x.csv", "17\n", nil},
		"line 1: \"@relation walk\" begins a file in the format ts":            {"x.tsv", "@relation walk\n", nil},
		"has no line of numbers":                                               {"x.csv", "a,b,c\n", nil},
		"has 1 classes (1); want 2 to 1000; is the label":                      {"x.csv", "1,1,2\n1,2,3\n", nil},
		"no multiple of 3 channels":                                            {"x.tsv", good, func(j *Job) { j.Reading.Channels = 3 }},
		"shape [4], without a column for labels":                               {"x.npy", npy("4,", 1, 2, 3, 4), nil},
		"the value at [1, 0] is NaN":                                           {"x.npy", npy("2, 2", 1, 2, math.NaN(), 4), nil},
		"row 0: value 0 is 1e+99":                                              {"x.npy", npy("1, 2", 1e99, 2), nil},
		"ends before the last of 9 values":                                     {"x.npy", npy("3, 3", 1), nil},
		"has no labels beside it; want":                                        {"x.npy", npy("2, 2", 1, 2, 3, 4), func(j *Job) { j.Labels = "file" }},
		"has 8 places for windows of 9":                                        {"x.csv", strings.Repeat("1,a\n2,b\n", 5), func(j *Job) { j.Window = 9 }},
		"x has at most 1 sequence of each class, and none to test on; want":    {"x.tsv", good, nil},
		"x.csv has 2 places, of which the last 1/5 is to be tested on; want 5": {"x.csv", "1,a\n2,b\n", func(j *Job) { j.Window = 1 }},
		"is a training part, and there is no":                                  {"x_TRAIN.tsv", good, nil},
		"3 class weights for 2 classes (1, 2)":                                 {"x.tsv", strings.Repeat(good, 5), func(j *Job) { j.ClassWeights = "1,2,3" }},
		"places with 1 channels; want the 9 and 1 that the run was trained on": {"x.tsv", strings.Repeat(good, 5), func(j *Job) { j.Length, j.Found = 9, 1 }},
		"line 1: the label is \"1\"; those of the training part are one, 2":    {"x.tsv", strings.Repeat(good, 5), func(j *Job) { j.Classes = []string{"one", "2"} }},
	} {
		j := NewJob()
		if c.change != nil {
			c.change(j)
		}
		_, _, err := j.Sets(write(t, t.TempDir(), c.name, c.text), job.Part{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %s", err, want)
		}
	}
	dir := t.TempDir()
	if _, _, err := NewJob().Sets(dir, job.Part{}); err == nil || !strings.Contains(err.Error(), "has no file NAME_TRAIN.tsv") {
		t.Errorf("error %v of an empty folder", err)
	}
	write(t, dir, "X_TRAIN.tsv", good)
	write(t, dir, "X_TEST.tsv", "1\t1\t2\t3\n")
	if _, _, err := NewJob().Sets(dir, job.Part{}); err == nil || !strings.Contains(err.Error(), "has sequences of 3 places with 1 channels; ") {
		t.Errorf("error %v of parts of two lengths", err)
	}
	write(t, dir, "X_TEST.tsv", "3\t1\t2\n")
	if _, _, err := NewJob().Sets(dir, job.Part{}); err == nil || !strings.Contains(err.Error(), `line 1: the label is "3"; those of the training part are 1, 2`) {
		t.Errorf("error %v of a label of the test part alone", err)
	}
	write(t, dir, "Y_train.tsv", good)
	if _, _, err := NewJob().Sets(dir, job.Part{}); err == nil || !strings.Contains(err.Error(), "has 2 training parts") {
		t.Errorf("error %v of a folder with two data sets", err)
	}
}

func TestSettings(t *testing.T) {
	for want, change := range map[string]func(j *Job){
		`labels "middle"`:                  func(j *Job) { j.Labels = "middle" },
		"a step of 3 places without":       func(j *Job) { j.Step = 3 },
		"windows of -1 places":             func(j *Job) { j.Window = -1 },
		"20000 channels":                   func(j *Job) { j.Reading.Channels = 20000 },
		`normalise "max"`:                  func(j *Job) { j.Normalise = "max" },
		`class weights "1,-2"; want`:       func(j *Job) { j.ClassWeights = "1,-2" },
		"0 means and 1 standard":           func(j *Job) { j.Std = []float64{1} },
		"standard deviation 0 of channel":  func(j *Job) { j.Found, j.Mean, j.Std = 1, []float64{0}, []float64{0} },
		`class weights "heavy"; want bala`: func(j *Job) { j.ClassWeights = "heavy" },
	} {
		j := NewJob()
		change(j)
		if err := j.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %s", err, want)
		}
	}
}

// Whatever a text file holds, its reader takes little memory, and its error is one line.
func FuzzText(f *testing.F) {
	for _, text := range []string{"1\t1\t2\n2\t3\t4\n", "a,b\n1,2\n", "1 2 3\n\n4 5 6", "@x", "\xff,1\n"} {
		f.Add([]byte(text), byte(1))
	}
	path := filepath.Join(f.TempDir(), "x.csv")
	f.Fuzz(func(t *testing.T, data []byte, label byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var table *table
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) {
			table, err = readText(path, labelColumn(label%3))
			return err
		})
		if err == nil && (table.rows() < 1 || table.rows()*table.columns != len(table.values) || label%3 > 0 && len(table.labels) != table.rows()) {
			t.Errorf("%d rows of %d columns with %d labels from %d values", table.rows(), table.columns, len(table.labels), len(table.values))
		}
	})
}
