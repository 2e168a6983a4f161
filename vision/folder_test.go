package vision

// Tests of folders of class folders on pictures made here.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/source"
)

// cmykJPEG is a baseline JPEG of 16 x 8 pixels of one colour in four components,
// as Adobe's programs write them: a byte is 255 minus the ink. The standard
// library has no encoder of it, but one colour needs only the mean of a block.
func cmykJPEG(value [4]byte) []byte {
	b := []byte{0xff, 0xd8}
	segment := func(marker byte, content ...byte) {
		b = append(b, 0xff, marker)
		b = binary.BigEndian.AppendUint16(b, uint16(len(content)+2))
		b = append(b, content...)
	}
	segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)                                                          // transform 0: no other colour space
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)                                                    // all quantised by 1
	segment(0xc0, 8, 0, 8, 0, 16, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)                                       // 8 high, 16 wide
	segment(0xc4, append([]byte{0x00, 0, 0, 0, 12}, append(make([]byte, 12), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)...)...) // four bits a category
	segment(0xc4, append([]byte{0x10, 1}, make([]byte, 16)...)...)                                                         // one bit: end of block
	segment(0xda, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var text strings.Builder
	for block := range 2 {
		for _, v := range value {
			d := 8 * (int(v) - 128)
			if block == 1 {
				d = 0 // differences from block to block
			}
			n := bits.Len(uint(max(d, -d)))
			if d < 0 {
				d += 1<<n - 1
			}
			fmt.Fprintf(&text, "%04b", n)
			if n > 0 {
				fmt.Fprintf(&text, "%0*b", n, d)
			}
			text.WriteString("0")
		}
	}
	stream := text.String() + "1111111"
	for ; len(stream) >= 8; stream = stream[8:] {
		var v byte
		fmt.Sscanf(stream[:8], "%b", &v)
		if b = append(b, v); v == 0xff {
			b = append(b, 0)
		}
	}
	return append(b, 0xff, 0xd9)
}

func jpegOf(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictures is a folder of two classes with n pictures each, of different sizes,
// grey values 10·i, and 10·i + 100, below prefix.
func pictures(t testing.TB, files map[string][]byte, prefix string, n int) map[string][]byte {
	for label, class := range []string{"bright", "dark"} {
		for i := range n {
			g := uint8(10*i + 100*(1-label))
			files[fmt.Sprintf("%s%s/%02d.png", prefix, class, i)] = pngOf(t, filled(9+i, 12, color.NRGBA{g, g, g, 255}))
		}
	}
	return files
}

func smallFolder() Folder {
	f := DefaultFolder()
	f.Size = 6
	return f
}

// Every colour model that PNG and JPEG have comes through, in colour and in grey.
func TestFolderColourModels(t *testing.T) {
	want := color.NRGBA{200, 100, 50, 255}
	plain := filled(20, 14, want)
	paletted := image.NewPaletted(plain.Bounds(), color.Palette{color.Black, want})
	deep := image.NewNRGBA64(plain.Bounds())
	grey, grey16 := image.NewGray(plain.Bounds()), image.NewGray16(plain.Bounds())
	for i := range paletted.Pix {
		paletted.Pix[i] = 1
		grey.Pix[i] = 124
	}
	for y := range 14 {
		for x := range 20 {
			deep.Set(x, y, want)
			grey16.SetGray16(x, y, color.Gray16{124 * 257})
		}
	}
	dir := writeAll(t, map[string][]byte{
		"train/colour/a.png": pngOf(t, plain), "train/colour/b.png": pngOf(t, paletted), "train/colour/c.png": pngOf(t, deep),
		"train/colour/d.JPEG": jpegOf(t, plain), "train/colour/deeper/down/e": cmykJPEG([4]byte{200, 100, 50, 255}),
		"train/grey/a.png": pngOf(t, grey), "train/grey/b.png": pngOf(t, grey16), "train/grey/c.jpg": jpegOf(t, grey),
		"train/grey/.hidden": []byte("x"), "train/README": []byte("x"), "train/.git/x": nil,
		"val/grey/a.png": pngOf(t, grey),
	})
	for _, channels := range []int{1, 3} {
		f := smallFolder()
		f.Channels = channels
		train, test, err := f.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(train.Labels, []uint16{0, 1, 0, 1, 0, 1, 0, 0}) || !slices.Equal(test.Labels, []uint16{1}) || !slices.Equal(train.Classes, []string{"colour", "grey"}) {
			t.Fatalf("labels %v and %v of %v", train.Labels, test.Labels, train.Classes)
		}
		for i := range train.Len() {
			for k, got := range train.Image(i) {
				value := 124 // the luma of the colour
				if channels == 3 && train.Labels[i] == 0 {
					value = []int{200, 100, 50}[k%3]
				}
				if d := int(got) - value; max(d, -d) > 3 { // JPEG's YCbCr in whole numbers
					t.Fatalf("image %d, %d channels, byte %d: %d, want %d", i, channels, k, got, value)
				}
			}
		}
		for _, d := range []*Dataset{train, test} {
			if err := d.check(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Without train and test a share of each class is drawn: the same for the same
// seed wherever the folder is, another one for another seed, none in both.
func TestFolderSplit(t *testing.T) {
	draw := func(dir string, seed uint64) (test []string) {
		f := smallFolder()
		f.SplitSeed = seed
		l, err := f.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		if l.Train != 16 || l.Test != 4 {
			t.Fatalf("%v; want 16 and 4", l)
		}
		all := map[string]bool{}
		for _, p := range append(slices.Clone(l.train), l.test...) {
			all[p.path] = true
		}
		if len(all) != 20 {
			t.Errorf("%d different files in the two parts, want 20", len(all))
		}
		for k, p := range l.test {
			if int(p.label) != k%2 {
				t.Errorf("test file %d is of class %d: the classes do not take turns", k, p.label)
			}
			name, _ := filepath.Rel(dir, p.path)
			test = append(test, filepath.ToSlash(name))
		}
		return test
	}
	here, there := writeAll(t, pictures(t, map[string][]byte{}, "", 10)), writeAll(t, pictures(t, map[string][]byte{}, "", 10))
	one := draw(here, 1)
	if again := draw(there, 1); !slices.Equal(one, again) {
		t.Errorf("drawn %v and, elsewhere, %v", one, again)
	}
	if other := draw(here, 2); slices.Equal(one, other) {
		t.Error("two seeds draw the same")
	}
	// The draw is part of what a recorded training depends on: noted when written.
	if want := []string{"bright/03.png", "dark/03.png", "bright/09.png", "dark/08.png"}; !slices.Equal(one, want) {
		t.Errorf("seed 1 draws %v, want %v", one, want)
	}
}

// The moments are those of the training images; what was found is kept by a
// second loading, and a folder that has changed is told from it.
func TestFolderMoments(t *testing.T) {
	files := pictures(t, map[string][]byte{}, "train/", 4)
	dir := writeAll(t, pictures(t, files, "test/", 2))
	f := smallFolder()
	f.Stored = 8
	train, test, err := f.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	// 0, 10, 20, 30 and 100 more: mean 65, variance 50² + 125.
	for c := range 3 {
		if m, s := 255*float64(train.Mean[c]), 255*float64(train.Std[c]); math.Abs(m-65) > 1e-4 || math.Abs(s-math.Sqrt(2625)) > 1e-4 {
			t.Errorf("channel %d: mean %g, deviation %g; want 65 and %g", c, m, s, math.Sqrt(2625))
		}
	}
	if l := train.Larger; l == nil || l.Height != 8 || l.Len() != 8 || l.Image(7)[0] != train.Image(7)[0] || test.Larger != nil {
		t.Error("the larger training images are not there, or test images have some")
	}
	few, err := train.Limit(3)
	if err != nil || few.Larger.Len() != 3 || few.check() != nil {
		t.Errorf("limited: %v", err)
	}
	f.Classes, f.Mean, f.Std = train.Classes, []float32{.5, .5, .5}, []float32{.2, .2, .2}
	again, err := f.LoadTest(dir)
	if err != nil || again.Mean[0] != .5 || !bytes.Equal(again.Pixels, test.Pixels) {
		t.Errorf("the test images alone differ: %v", err)
	}
	if d := f.Describe(); d.Height != 6 || len(d.Classes) != 2 || d.Std[2] != .2 {
		t.Errorf("described as %+v", d)
	}
	text, _ := json.Marshal(f)
	var back Folder
	if err := json.Unmarshal(text, &back); err != nil || fmt.Sprint(back) != fmt.Sprint(f) {
		t.Errorf("through JSON %v, want %v", back, f)
	}
	os.MkdirAll(filepath.Join(dir, "train", "new"), 0o777)
	_, err = f.LoadTest(dir)
	wantError(t, err, "bright, dark, new", "want bright, dark", "before")

	black := writeAll(t, map[string][]byte{"a/1.png": pngOf(t, filled(9, 9, color.Black)), "b/1.png": pngOf(t, filled(9, 9, color.Black)), "b/2.png": pngOf(t, filled(9, 9, color.Black))})
	if train, _, err := smallFolder().Load(black); err != nil || train.Std[0] != float32(1./255) {
		t.Errorf("images of one colour: %v", err)
	}
}

// A file that cannot be decoded is named and refused, or named and skipped.
func TestFolderDamaged(t *testing.T) {
	files := pictures(t, pictures(t, map[string][]byte{}, "train/", 3), "test/", 2)
	good := files["train/dark/01.png"]
	files["train/dark/01.png"] = good[:len(good)-20]
	files["train/bright/note.jpg"] = []byte("not a picture")
	dir := writeAll(t, files)
	f := smallFolder()
	f.Stored = 7
	_, _, err := f.Load(dir)
	wantError(t, err, "2 of the 11 pictures", filepath.Join("dark", "01.png"), "is damaged", `Damaged "skip"`)
	f.Damaged = "skip"
	train, test, err := f.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(train.Labels, []uint16{0, 1, 0, 0, 1}) || len(test.Skipped) != 0 || train.check() != nil {
		t.Errorf("labels %v", train.Labels)
	}
	for i, want := range []uint8{100, 0, 110, 120, 20} {
		if got, larger := train.Image(i)[0], train.Larger.Image(i)[0]; got != want || larger != want {
			t.Errorf("image %d has moved: %d and %d, want %d", i, got, larger, want)
		}
	}
	if len(train.Skipped) != 2 || !strings.Contains(train.Skipped[1].Error(), "note.jpg is not a PNG, JPEG") {
		t.Errorf("skipped: %v", train.Skipped)
	}
	for name := range files {
		if strings.HasPrefix(name, "test/") {
			os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666)
		}
	}
	_, _, err = f.Load(dir)
	wantError(t, err, "6 of the 11 pictures")
	_, err = f.LoadTest(dir)
	wantError(t, err, "6 of the 11 pictures")
	f.Mean, f.Std = train.Mean, train.Std
	_, err = f.LoadTest(dir)
	wantError(t, err, "none of the 4 pictures")
}

func TestFolderErrors(t *testing.T) {
	one := pngOf(t, filled(4, 4, color.White))
	for what, c := range map[string]struct {
		files map[string][]byte
		want  []string
	}{
		"no classes":      {map[string][]byte{"a.png": one}, []string{"0 class folders", "2 to 65536", "it has 1 pictures itself", "folder of its class"}},
		"one class":       {map[string][]byte{"a/a.png": one}, []string{"1 class folders", "2 to 65536"}},
		"flat":            {map[string][]byte{"a.png": one, "b.jpg": one, "labels.csv": nil}, []string{"2 pictures itself", "that labels.csv gives it"}},
		"python CIFAR":    {map[string][]byte{"data_batch_1": nil, "batches.meta": nil}, []string{"Python version of CIFAR", "want the binary version"}},
		"no train":        {map[string][]byte{"test/a/1": one, "test/b/1": one, "val/a/1": one}, []string{"folder test with class folders", "no folder train"}},
		"two trains":      {map[string][]byte{"train/a/1": one, "Train/a/1": one, "val/a/1": one}, []string{"Train and train", "one of them"}},
		"two validations": {map[string][]byte{"train/a/1": one, "valid/a/1": one, "validation/a/1": one}, []string{"valid and validation", "or test"}},
		"mixture":         {map[string][]byte{"train/a/1.png": one, "test/a/1.png": one, "bus/1.png": one}, []string{"train and test", "beside them: bus"}},
		"only others":     {map[string][]byte{"a/1.png": one, "b/notes.txt": []byte("x")}, []string{"b has no pictures"}},
		"empty class":     {map[string][]byte{"a/a.png": one, "b/.hidden": nil}, []string{"b has no pictures"}},
		"other class":     {map[string][]byte{"train/a/1": one, "train/b/1": one, "val/c/1": one}, []string{"class c of", "val", "a, b"}},
		"no test folder":  {map[string][]byte{"train/a/1": one, "train/b/1": one}, []string{"none of test, val, valid and validation"}},
		"no test files":   {map[string][]byte{"train/a/1": one, "train/b/1": one, "test/a/.x": nil}, []string{"2 training and 0 test files"}},
		"nothing to draw": {map[string][]byte{"a/1": one, "b/1": one}, []string{"2 training and 0 test files"}},
	} {
		_, err := smallFolder().List(writeAll(t, c.files))
		t.Run(what, func(t *testing.T) { wantError(t, err, c.want...) })
	}
	// A class may be called train.
	l, err := smallFolder().List(writeAll(t, map[string][]byte{"train/1": one, "train/2": one, "bus/1": one}))
	if err != nil || l.Classes[1] != "train" || l.Train != 2 || l.Test != 1 {
		t.Errorf("%v, error %v", l, err)
	}
	dir := writeAll(t, map[string][]byte{"file": one})
	_, err = smallFolder().List(filepath.Join(dir, "file"))
	wantError(t, err, "is a file")
	_, err = smallFolder().List(filepath.Join(dir, "nowhere"))
	wantError(t, err, "nowhere", "no such file")
	for want, change := range map[string]func(f *Folder){
		"0 pixels a side": func(f *Folder) { f.Size = 0 }, "2 channels": func(f *Folder) { f.Channels = 2 },
		"stored with 5": func(f *Folder) { f.Stored = 5 }, `"ignore"`: func(f *Folder) { f.Damaged = "ignore" },
		"test share 1": func(f *Folder) { f.TestShare = 1 }, "test share NaN": func(f *Folder) { f.TestShare = math.NaN() },
		"1 means": func(f *Folder) { f.Mean, f.Std = []float32{0}, []float32{1} },
	} {
		f := smallFolder()
		change(&f)
		_, err := f.List(dir)
		wantError(t, err, want)
	}
}

func ExampleFolder() {
	f := DefaultFolder()
	f.Size, f.Damaged = 32, "skip"
	_, _, err := f.Load("no/such/folder")
	fmt.Println(err)
	// Output:
	// vision: stat no/such/folder: no such file or directory
}

// BenchmarkFolder reads photographs of 500 x 375 to 64 x 64, files included.
func BenchmarkFolder(b *testing.B) {
	p := image.NewYCbCr(image.Rect(0, 0, 500, 375), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = uint8(128 + 60*math.Sin(float64(i)/97) + float64(source.Mix(uint64(i))%40))
	}
	files := map[string][]byte{}
	for i := range 40 {
		files[fmt.Sprintf("%d/%d.jpg", i%2, i)] = jpegOf(b, p)
	}
	dir, f := writeAll(b, files), DefaultFolder()
	for b.Loop() {
		if _, _, err := f.Load(dir); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(files)*b.N)/b.Elapsed().Seconds(), "images/s")
}
