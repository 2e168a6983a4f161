package mask

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/picture"
	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/source"
)

// save writes a picture as PNG.
func save(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, img)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// grey is a grey picture whose pixels are those of f.
func grey(w, h int, f func(x, y int) uint8) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetGray(x, y, color.Gray{Y: f(x, y)})
		}
	}
	return img
}

// folder has pictures of 6×4 whose left half is dark, with masks 0 and 255 of the halves and
// 7 in the first row.
func folder(t *testing.T, count int) string {
	dir := t.TempDir()
	for i := range count {
		name := fmt.Sprintf("%c.png", 'a'+i)
		save(t, filepath.Join(dir, "images", name), grey(6, 4, func(x, y int) uint8 { return uint8(20*i + 100*(x/3)) }))
		save(t, filepath.Join(dir, "masks", name), grey(6, 4, func(x, y int) uint8 {
			if y == 0 {
				return 7
			}
			return uint8(255 * (x / 3))
		}))
	}
	return dir
}

// Pictures and labels are what the files hold; every fifth is for testing; ignored pixels
// have no label; and what a run has noted holds for other data.
func TestLoad(t *testing.T) {
	dir := folder(t, 10)
	j := New()
	j.Channels, j.Ignored = 1, 7
	d, err := j.Load(dir, job.Part{})
	if err != nil {
		t.Fatal(err)
	}
	train, test := d.Train.(*Pairs), d.Test.(*Pairs)
	if s := d.Signature; s.Height != 4 || s.Width != 6 || s.InChannels != 1 || s.Classes != 2 || !slices.Equal(j.Values, []int{0, 255}) || !slices.Equal(d.Classes, []string{"0", "255"}) {
		t.Errorf("signature %+v, values %v, classes %v", s, j.Values, d.Classes)
	}
	if !slices.Equal(test.Files, []string{"e", "j"}) || train.Len() != 8 || train.Files[4] != "f" {
		t.Errorf("train on %v, test on %v", train.Files, test.Files)
	}
	b := test.Form().NewBatch(2)
	if err := test.Read(b, 0, 2); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int32{-1, -1, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1} {
		if b.Labels[i] != want {
			t.Fatalf("labels %v, value %d; want %d", b.Labels[:24], i, want)
		}
	}
	if got, want := b.X[3]*j.Std[0]+j.Mean[0], float32(180)/255; math.Abs(float64(got-want)) > 1e-6 {
		t.Errorf("pixel %v, want %v", got, want)
	}
	sum, square := 0., 0.
	x := train.Form().NewBatch(8)
	if err := train.Read(x, 0, 8); err != nil {
		t.Fatal(err)
	}
	for _, v := range x.X {
		sum, square = sum+float64(v), square+float64(v*v)
	}
	if n := float64(len(x.X)); math.Abs(sum/n) > 1e-5 || math.Abs(square/n-1) > 1e-5 {
		t.Errorf("inputs have the mean %g and the mean square %g", sum/n, square/n)
	}
	again := *j
	if _, err := again.Load(folder(t, 5), job.Part{}); err != nil || !slices.Equal(again.Mean, j.Mean) {
		t.Errorf("of other data: mean %v, want the run's %v (%v)", again.Mean, j.Mean, err)
	}
	held := *j
	if d, err := held.Load(dir, job.Part{HoldOut: 4, Limit: 3}); err != nil || !slices.Equal(d.Test.(*Pairs).Files, []string{"d", "i"}) || d.Train.Len() != 3 {
		t.Errorf("held out %+v (%v)", d, err)
	}
	cut := New()
	cut.Channels, cut.Ignored, cut.Height, cut.Width = 1, 7, 2, 2
	if d, err := cut.Load(dir, job.Part{}); err != nil || d.Signature.Height != 2 || !slices.Equal(d.Train.(*Pairs).Labels[2:4], []int32{0, 1}) {
		t.Errorf("cut to 2×2: %v (%v)", d, err)
	}
}

// The classes are the values of all training masks, those held out and beyond the limit
// too, and not those of the test.
func TestClassesOfAllTrainingMasks(t *testing.T) {
	dir := folder(t, 10)                                      // e and j are for testing
	for name, v := range map[string]uint8{"d": 40, "i": 90} { // d is held out, i beyond the limit
		save(t, filepath.Join(dir, "masks", name+".png"), grey(6, 4, func(x, y int) uint8 { return v * uint8(x/3) }))
	}
	for _, size := range []int{0, 2} {
		for _, p := range []job.Part{{}, {HoldOut: 4}, {Limit: 2}, {HoldOut: 4, Limit: 1}} {
			j := New()
			j.Channels, j.Ignored, j.Height, j.Width = 1, 7, size, size
			if _, err := j.Load(dir, p); err != nil || !slices.Equal(j.Values, []int{0, 40, 90, 255}) {
				t.Errorf("%+v, size %d: values %v, want 0, 40, 90 and 255 (%v)", p, size, j.Values, err)
			}
		}
	}
	save(t, filepath.Join(dir, "masks", "j.png"), grey(6, 4, func(x, y int) uint8 { return 9 }))
	j := New()
	j.Channels = 1
	if _, err := j.Load(dir, job.Part{}); err == nil || !strings.Contains(err.Error(), "j.png has a pixel of value 9") {
		t.Errorf("error %v of a value of the test alone", err)
	}
}

// What is wrong with a folder is an error that names the file.
func TestLoadErrors(t *testing.T) {
	cases := map[string]func(dir string){
		"is no folder":          func(dir string) { os.RemoveAll(dir) },
		"want images and masks": func(dir string) { os.RemoveAll(filepath.Join(dir, "masks")) },
		"c.png; want both":      func(dir string) { os.Remove(filepath.Join(dir, "masks", "c.png")) },
		"b.png has 6×4 pixels and its": func(dir string) {
			save(t, filepath.Join(dir, "masks", "b.png"), grey(5, 4, func(int, int) uint8 { return 0 }))
		},
		"the first picture 6×4": func(dir string) {
			save(t, filepath.Join(dir, "images", "d.png"), grey(7, 4, func(int, int) uint8 { return 0 }))
			save(t, filepath.Join(dir, "masks", "d.png"), grey(7, 4, func(int, int) uint8 { return 0 }))
		},
		"a.png has 1025×2 pixels; want 1 to 1024 a side, to which --size": func(dir string) {
			save(t, filepath.Join(dir, "images", "a.png"), grey(1025, 2, func(int, int) uint8 { return 0 }))
		},
		"e.png has a pixel of value 9": func(dir string) {
			save(t, filepath.Join(dir, "masks", "e.png"), grey(6, 4, func(int, int) uint8 { return 9 }))
		},
		"has the colour (9, 8, 7, 255)": func(dir string) {
			img := image.NewRGBA(image.Rect(0, 0, 6, 4))
			for i := range 24 {
				img.SetRGBA(i%6, i/6, color.RGBA{9, 8, 7, 255})
			}
			save(t, filepath.Join(dir, "masks", "a.png"), img)
		},
		"a.png":                         func(dir string) { os.WriteFile(filepath.Join(dir, "images", "a.png"), []byte("no picture"), 0o644) },
		"has 3 names, the masks have 2": func(dir string) { os.WriteFile(filepath.Join(dir, "classes.txt"), []byte("x\ny y\n\nz\n"), 0o644) },
		"every 5-th of 4 pictures": func(dir string) {
			os.Remove(filepath.Join(dir, "images", "e.png"))
			os.Remove(filepath.Join(dir, "masks", "e.png"))
		},
		"2 to 64": func(dir string) {
			for i := range 5 {
				save(t, filepath.Join(dir, "masks", fmt.Sprintf("%c.png", 'a'+i)), grey(6, 4, func(int, int) uint8 { return 3 }))
			}
		},
	}
	for want, change := range cases {
		dir := folder(t, 5)
		change(dir)
		j := New()
		j.Channels, j.Ignored = 1, 7
		if _, err := j.Load(dir, job.Part{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
	for want, change := range map[string]func(j *Job){
		"2 channels": func(j *Job) { j.Channels = 2 }, "pictures of 5×0": func(j *Job) { j.Height = 5 }, "value 256": func(j *Job) { j.Ignored = 256 },
		"weight -1": func(j *Job) { j.Weights = []float32{1, -1} }, "increasing": func(j *Job) { j.Values = []int{1, 1} }, "names": func(j *Job) { j.Values = []int{0, 1} },
	} {
		j := New()
		change(j)
		if err := j.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// Mirroring takes the mask along: half of the pictures, others in each epoch, and the
// pairs of pixel and label stay.
func TestMirror(t *testing.T) {
	const n, w = 40, 5
	p := &Pairs{Name: "stripes", Height: 1, Width: w, Channels: 1, Classes: w, Mean: []float32{0}, Std: []float32{1. / 255}, Mirror: true}
	for range n {
		for x := range w {
			p.Pixels, p.Labels = append(p.Pixels, uint8(x)), append(p.Labels, int32(x))
		}
	}
	b, err := p.Batcher(n, 3)
	if err != nil {
		t.Fatal(err)
	}
	into := b.NewBatch()
	var before []int32
	for epoch := range 2 {
		if err := b.FillBatch(into, epoch, 0); err != nil {
			t.Fatal(err)
		}
		turned := 0
		for i := range n {
			for x := range w {
				if math.Abs(float64(into.X[i*w+x])-float64(into.Labels[i*w+x])) > 1e-4 {
					t.Fatalf("picture %d: pixels %v, labels %v", i, into.X[i*w:(i+1)*w], into.Labels[i*w:(i+1)*w])
				}
			}
			if into.Labels[i*w] == w-1 {
				turned++
			}
		}
		if turned < 10 || turned > 30 || slices.Equal(before, into.Labels) { // 20 ± 3.2
			t.Errorf("epoch %d: %d of %d pictures are mirrored, as in the last epoch: %t", epoch, turned, n, slices.Equal(before, into.Labels))
		}
		before = slices.Clone(into.Labels)
	}
}

// Masks never take the place of pictures or of each other, and a picture that cannot be
// read is listed while the others are done.
func TestPredictFolder(t *testing.T) {
	ctx, j := context.Background(), New()
	j.Channels, j.Ignored = 1, 7
	if _, err := j.Load(folder(t, 5), job.Part{}); err != nil {
		t.Fatal(err)
	}
	n, err := mgnet.New(mgnet.PixelMgNet(4, 6, 1, 2, []int{2, 2}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	pictures := filepath.Join(folder(t, 3), "images")
	whole, err := os.ReadFile(filepath.Join(pictures, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pictures, "b.png"), whole[:len(whole)-20], 0o644); err != nil {
		t.Fatal(err)
	}
	untouched := func(want string, q job.Query, exists bool) {
		t.Helper()
		q.Network = n
		p, err := j.Predict(ctx, q)
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, fs.ErrExist) != exists {
			t.Errorf("predicted %+v, error %v; want %s", p, err, want)
		}
		if now, err := os.ReadFile(filepath.Join(pictures, "a.png")); err != nil || !slices.Equal(now, whole) {
			t.Errorf("the picture is written over (%v)", err)
		}
	}
	a := filepath.Join(pictures, "a.png")
	untouched("is one of the pictures", job.Query{Path: pictures, Out: pictures}, true)
	untouched("is one of the pictures", job.Query{Path: a, Out: a}, true)

	out := filepath.Join(t.TempDir(), "out")
	p, err := j.Predict(ctx, job.Query{Network: n, Path: pictures, Out: out})
	if err != nil || len(p.Rows) != 2 || len(p.Unread) != 1 || p.Unread[0].File != filepath.Join(pictures, "b.png") {
		t.Fatalf("predicted %+v (%v); want a and c, and b unread", p, err)
	}
	if want := []string{filepath.Join(out, "a.png"), filepath.Join(out, "c.png")}; !slices.Equal(p.Files, want) {
		t.Errorf("files %v, want %v", p.Files, want)
	}
	if err := os.WriteFile(filepath.Join(pictures, "c.bmp"), whole, 0o644); err != nil {
		t.Fatal(err)
	}
	untouched("c.bmp and c.png would both be", job.Query{Path: pictures, Out: filepath.Join(out, "again")}, false)
	if _, err := os.Stat(filepath.Join(out, "again")); err == nil {
		t.Error("masks are written in spite of the error")
	}
}

// The metrics of six pixels by hand, and of a class that is nowhere.
func TestMetrics(t *testing.T) {
	j := &Job{Channels: 1, Values: []int{0, 1, 5}, Names: []string{"a", "b", "c"}}
	m := newMeter(j, &Pairs{Height: 1, Width: 6})
	scores := func(classes ...int) (z []float32) {
		for _, k := range classes {
			row := make([]float32, 3)
			row[k] = 1
			z = append(z, row...)
		}
		return z
	}
	m.Add(scores(0, 0, 1, 1, 1, 0), 1, &source.Batch{Labels: []int32{0, 0, 0, 1, 1, -1}})
	want := map[string]float64{
		"pixel accuracy": 4. / 5, "mean IoU": 2. / 3, "mean Dice": 4. / 5, "IoU a": 2. / 3, "IoU b": 2. / 3, "Dice a": 4. / 5, "Dice b": 4. / 5,
	}
	for _, got := range m.Metrics() {
		if strings.HasSuffix(got.Name, " c") {
			if !math.IsNaN(got.Value) {
				t.Errorf("%s of a class that is nowhere: %v", got.Name, got.Value)
			}
		} else if math.Abs(got.Value-want[got.Name]) > 1e-12 {
			t.Errorf("%s %v, want %v", got.Name, got.Value, want[got.Name])
		}
	}
}

// A pixel whose scores are NaN has no class: it is not right, and no mask is drawn.
func TestNoNumbers(t *testing.T) {
	j := &Job{Channels: 1, Values: []int{0, 1}, Names: []string{"a", "b"}}
	m := newMeter(j, &Pairs{Height: 1, Width: 2, Files: []string{"x"}})
	nan := float32(math.NaN())
	m.Add([]float32{nan, nan, 1, 0}, 1, &source.Batch{Labels: []int32{0, 0}})
	want := []float64{.5, .5, 2. / 3} // accuracy, IoU and Dice, of class a alone
	for i, got := range m.Metrics()[:3] {
		if math.Abs(got.Value-want[i]) > 1e-12 {
			t.Errorf("%s %v, want %v", got.Name, got.Value, want[i])
		}
	}
	if _, err := m.WriteFiles(t.TempDir()); err == nil || !strings.Contains(err.Error(), "x: the scores of pixel 0 are no numbers") {
		t.Errorf("error %v of a mask with a pixel of no class", err)
	}
}

// A mask that is drawn is read back, in its values; a picture with a palette too.
func TestMaskIsReadBack(t *testing.T) {
	j := &Job{Channels: 1, Ignored: -1, Values: []int{0, 7, 255}}
	path := filepath.Join(t.TempDir(), "mask.png")
	if err := writePNG(path, j.draw([]uint8{0, 1, 2, 1, 0, 2}, 2, 3)); err != nil {
		t.Fatal(err)
	}
	v, err := readMask(path)
	if err != nil || v.height != 2 || v.width != 3 || !slices.Equal(v.at, []uint8{0, 7, 255, 7, 0, 255}) {
		t.Errorf("read %+v (%v)", v, err)
	}
	if got := v.resized(4, 6); !slices.Equal(got.at[:6], []uint8{0, 0, 7, 7, 255, 255}) || !slices.Equal(got.at[18:], []uint8{7, 7, 0, 0, 255, 255}) {
		t.Errorf("enlarged %v", got.at)
	}
}

// Values of 16 bits are kept, in grey and in colours that are grey; larger ones are errors.
func TestWideMasks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mask.png")
	type wide interface {
		image.Image
		Set(x, y int, c color.Color)
	}
	for _, img := range []wide{image.NewGray16(image.Rect(0, 0, 2, 1)), image.NewRGBA64(image.Rect(0, 0, 2, 1)), image.NewNRGBA64(image.Rect(0, 0, 2, 1))} {
		img.Set(0, 0, color.Gray16{Y: 3})
		img.Set(1, 0, color.Gray16{Y: 255})
		save(t, path, img)
		if v, err := readMask(path); err != nil || !slices.Equal(v.at, []uint8{3, 255}) {
			t.Errorf("%T: read %v (%v), want 3 and 255", img, v.at, err)
		}
		img.Set(1, 0, color.Gray16{Y: 256})
		save(t, path, img)
		if _, err := readMask(path); err == nil || !strings.Contains(err.Error(), "256 of 16 bits in column 1, row 0; want a grey of 0 to 255") {
			t.Errorf("%T: error %v of the value 256", img, err)
		}
	}
}

// Shapes are the same for a seed and others for another, appear as a whole folder, and
// their masks cover the shapes: with the noise averaged out, colours differ by class.
func TestShapes(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	make := func(name string, seed uint64) string {
		to := filepath.Join(dir, name)
		if err := (Shapes{Train: 6, Test: 5, Size: 24, Seed: seed}).Write(ctx, to, nil); err != nil {
			t.Fatal(err)
		}
		return to
	}
	one, two, other := make("one", 1), make("two", 1), make("other", 2)
	read := func(dir, name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, name := range []string{"train/images/000005.png", "test/masks/000004.png", "classes.txt", "shapes.json"} {
		if read(one, name) != read(two, name) {
			t.Errorf("%s differs with the same seed", name)
		}
	}
	if name := "train/images/000005.png"; read(one, name) == read(other, name) || read(one, "train/images/000004.png") == read(one, "test/images/000004.png") {
		t.Error("pictures of other seeds or parts are the same")
	}
	if err := (Shapes{Train: 1, Test: 1, Size: 24}).Write(ctx, one, nil); err == nil || !strings.Contains(err.Error(), "not an empty folder") {
		t.Errorf("error %v of a folder that exists", err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	make("empty", 1)
	if err := os.RemoveAll(empty); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := (Shapes{Train: 1, Test: 1, Size: 24}).Write(stopped, filepath.Join(dir, "none"), nil); err == nil {
		t.Error("a stopped writing is no error")
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 3 {
		t.Errorf("%d folders are left, want 3 (%v)", len(list), err)
	}
	j := New()
	d, err := j.Load(one, job.Part{})
	if err != nil || !slices.Equal(d.Classes, shapeNames) || d.Train.Len() != 6 || d.Test.Len() != 5 {
		t.Fatalf("loaded %+v (%v)", d, err)
	}
	count := map[int32]int{}
	for _, l := range d.Train.(*Pairs).Labels {
		count[l]++
	}
	if len(count) != 4 || count[0] < 6*24*24/2 {
		t.Errorf("pixels by class: %v", count)
	}
	if err := picture.Check(filepath.Join(one, "train/masks/000000.png")); err != nil {
		t.Error(err)
	}
}

// What is in the place of the folder stays: a file, a link, and a folder behind a link.
func TestShapesKeepFiles(t *testing.T) {
	dir := t.TempDir()
	file, link, folder := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "folder")
	err := errors.Join(os.WriteFile(file, []byte("kept"), 0o644), os.Symlink("nowhere", link), os.Mkdir(filepath.Join(dir, "real"), 0o755), os.Symlink("real", folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link, folder} {
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		err = (Shapes{Train: 1, Test: 1, Size: 16}).Write(context.Background(), path, nil)
		after, err2 := os.Lstat(path)
		if !errors.Is(err, fs.ErrExist) || err2 != nil || !os.SameFile(before, after) {
			t.Errorf("%s: error %v, then %v", path, err, err2)
		}
	}
}

// Each kind of shape covers about the area of its circle.
func TestShapeAreas(t *testing.T) {
	for class := 1; class <= 3; class++ {
		s := shape{class: class, r: 20}
		s.sin, s.cos = math.Sincos(.3)
		area := 0
		for y := -50; y < 50; y++ {
			for x := -50; x < 50; x++ {
				if s.covers(float64(x)+.5, float64(y)+.5) {
					area++
				}
			}
		}
		if want := math.Pi * 400; math.Abs(float64(area)-want) > .02*want {
			t.Errorf("%s covers %d, want %.0f", shapeNames[class], area, want)
		}
	}
}
