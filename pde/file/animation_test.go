package file

import (
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"mgtool/pde"
)

// Pictures of a field at three times: the same colour for the same value in each of them,
// y upwards, and the GIF has what the PNG files have.
func TestAnimation(t *testing.T) {
	grid, err := pde.NewGrid([]int{4, 3}, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	var a Animation
	for k := range 3 {
		f := pde.NewField[float64](grid)
		f.Set(1, 1, 0, float64(k))
		f.Set(2, 2, 0, -1)
		a.Add(f)
	}
	if low, high := a.Range(); low != -1 || high != 2 || a.Frames() != 3 {
		t.Errorf("%d pictures of %g to %g; want 3 of −1 to 2", a.Frames(), low, high)
	}
	dir := t.TempDir()
	if err := a.WriteGIF(filepath.Join(dir, "a.gif"), 5); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(filepath.Join(dir, "a.gif"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	movie, err := gif.DecodeAll(in)
	if err != nil || len(movie.Image) != 3 || movie.Delay[0] != 5 || movie.Delay[2] != 105 {
		t.Fatalf("%v: %d pictures, delays %v", err, len(movie.Image), movie.Delay)
	}
	for k := range 3 {
		path := filepath.Join(dir, "a.png")
		if err := a.WritePNG(path, k); err != nil {
			t.Fatal(err)
		}
		one, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(one)
		one.Close()
		if err != nil {
			t.Fatal(err)
		}
		side := img.Bounds().Dx() / 5
		if side*5 < 256 || img.Bounds().Dy() != 4*side {
			t.Fatalf("the picture is %v", img.Bounds())
		}
		at := func(i, j int) [3]uint32 {
			r, g, b, _ := img.At(side*i+side/2, side*(3-j)+side/2).RGBA()
			return [3]uint32{r >> 8, g >> 8, b >> 8}
		}
		colour := func(v float64) [3]uint32 {
			c := viridis((v + 1) / 3)
			return [3]uint32{uint32(c.R), uint32(c.G), uint32(c.B)}
		}
		if at(1, 1) != colour(float64(k)) || at(2, 2) != colour(-1) || at(3, 1) != colour(0) {
			t.Errorf("picture %d has the colours %v, %v, %v", k, at(1, 1), at(2, 2), at(3, 1))
		}
		for _, p := range [][2]int{{3, 7}, {side + 2, 2*side + 5}} {
			r, g, b, _ := img.At(p[0], p[1]).RGBA()
			if r2, g2, b2, _ := movie.Image[k].At(p[0], p[1]).RGBA(); r != r2 || g != g2 || b != b2 {
				t.Errorf("picture %d of the GIF differs at %v", k, p)
			}
		}
	}
	if err := a.WritePNG(filepath.Join(dir, "b.png"), 3); err == nil {
		t.Error("a picture that there is not is written")
	}
	if err := new(Animation).WriteGIF(filepath.Join(dir, "b.gif"), 5); err == nil {
		t.Error("an animation without a picture is written")
	}
}
