package vision

// Tests on the full data sets. They need a folder with the subfolders mnist,
// fashion-mnist, cifar10 and cifar100, named by the environment variable MGTOOL_DATA_DIR.

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fullDir returns the folder of a full data set, or skips the test.
func fullDir(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("MGTOOL_DATA_DIR")
	if root == "" {
		t.Skip("needs the full data sets: MGTOOL_DATA_DIR is not set")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("needs %s: %v", name, err)
	}
	return dir
}

// The full sets are the official ones, have the official sizes and are balanced
// where they are known to be.
func TestFullSets(t *testing.T) {
	for _, name := range []string{"mnist", "fashion-mnist", "cifar10", "cifar100"} {
		t.Run(name, func(t *testing.T) {
			dir := fullDir(t, name)
			all, err := Verify(name, dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				if f.State != OK {
					t.Error(f)
				}
			}
			train, test, err := Load(name, dir)
			if err != nil {
				t.Fatal(err)
			}
			want := 60000
			if strings.HasPrefix(name, "cifar") {
				want = 50000
			}
			if train.Len() != want || test.Len() != 10000 {
				t.Fatalf("%d + %d images, want %d + 10000", train.Len(), test.Len(), want)
			}
			for _, d := range []*Dataset{train, test} {
				if err := d.check(); err != nil {
					t.Error(err)
				}
				count := make([]int, len(d.Classes))
				for _, l := range d.Labels {
					count[l]++
				}
				for c, got := range count {
					if name != "mnist" && got != d.Len()/len(count) {
						t.Errorf("%d images of class %d, want %d", got, c, d.Len()/len(count))
					}
				}
				if name == "mnist" && d == test && (count[0] != 980 || count[1] != 1135) {
					t.Errorf("%d zeros and %d ones in the test set, want 980 and 1135", count[0], count[1])
				}
			}
		})
	}
}

// The normalisation constants are those of the training images, to the four
// digits that they have.
func TestFullMoments(t *testing.T) {
	for _, name := range []string{"mnist", "fashion-mnist", "cifar10", "cifar100"} {
		t.Run(name, func(t *testing.T) {
			train, _, err := Load(name, fullDir(t, name))
			if err != nil {
				t.Fatal(err)
			}
			for c := range train.Channels {
				var sum, squares, within float64 // within: Σ over images of the deviation inside one, with n − 1
				per := float64(train.Height * train.Width)
				for i := range train.Len() {
					var s, s2 float64
					image := train.Image(i)
					for k := c; k < len(image); k += train.Channels {
						v := float64(image[k]) / 255
						s += v
						s2 += v * v
					}
					sum += s
					squares += s2
					within += math.Sqrt(max(0, (s2-s*s/per)/(per-1)))
				}
				n := float64(train.Len())
				mean := sum / (n * per)
				std := math.Sqrt(squares/(n*per) - mean*mean)
				if name == "cifar10" { // the published constants are this, see specs
					std = within / n
				}
				// Half a unit of the fourth digit, and as much again for the
				// published constants that were cut instead of rounded.
				if math.Abs(mean-float64(train.Mean[c])) > 1e-4 || math.Abs(std-float64(train.Std[c])) > 1e-4 {
					t.Errorf("channel %d: mean %.5f, deviation %.5f; the constants are %v, %v", c, mean, std, train.Mean[c], train.Std[c])
				}
			}
		})
	}
}

// The first ten labels of the training sets, as published in many places, and
// two pixels of CIFAR-10's first image, the frog: its corners as bytes of the
// official Python version, whose order is planes too.
func TestFullKnown(t *testing.T) {
	for name, want := range map[string][10]uint16{
		"mnist":         {5, 0, 4, 1, 9, 2, 1, 3, 1, 4},
		"fashion-mnist": {9, 0, 0, 3, 0, 2, 7, 2, 5, 5},
		"cifar10":       {6, 9, 9, 4, 1, 1, 2, 7, 8, 3},
	} {
		t.Run(name, func(t *testing.T) {
			train, _, err := Load(name, fullDir(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := [10]uint16(train.Labels[:10]); got != want {
				t.Errorf("labels %v, want %v", got, want)
			}
			if name == "cifar10" {
				frog := train.Image(0)
				if first, last := [3]uint8(frog[:3]), [3]uint8(frog[3069:]); first != [3]uint8{59, 62, 63} || last != [3]uint8{123, 92, 72} {
					t.Errorf("corners of the frog %v and %v, want [59 62 63] and [123 92 72]", first, last)
				}
			}
		})
	}
}

// The images of the sample are images of the official set, with their labels:
// those for training from its training file, those for testing from the test file.
func TestFullHoldsSample(t *testing.T) {
	train, test, err := Load("fashion-mnist", fullDir(t, "fashion-mnist"))
	if err != nil {
		t.Fatal(err)
	}
	sampleTrain, sampleTest, err := Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]*Dataset{{sampleTrain, train}, {sampleTest, test}} {
		label := map[string]uint16{}
		for i := range pair[1].Len() {
			label[string(pair[1].Image(i))] = pair[1].Labels[i]
		}
		for i := range pair[0].Len() {
			if l, ok := label[string(pair[0].Image(i))]; !ok || l != pair[0].Labels[i] {
				t.Errorf("image %d of the sample, label %d, is not in the official file (there: %v, label %d)", i, pair[0].Labels[i], ok, l)
			}
		}
	}
}

func BenchmarkLoadCIFAR10(b *testing.B) { benchmarkLoad(b, "cifar10") }
func BenchmarkLoadMNIST(b *testing.B)   { benchmarkLoad(b, "mnist") }

func benchmarkLoad(b *testing.B, name string) {
	dir := fullDir(b, name)
	for b.Loop() {
		if _, _, err := Load(name, dir); err != nil {
			b.Fatal(err)
		}
	}
}
