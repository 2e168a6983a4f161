package mask

// Pictures and masks in folders.

import (
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/parallel"
	"mgtool/internal/picture"
	"mgtool/vision"
)

// pair is the files of a picture and its mask, and what errors and sheets call it.
type pair struct{ name, picture, mask string }

// isFolder reports whether a path is a folder.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// part finds the folder of a part, such as train, below dir; empty if there is none.
func part(dir string, names ...string) string {
	for _, name := range names {
		if at := filepath.Join(dir, name); isFolder(filepath.Join(at, "images")) {
			return at
		}
	}
	return ""
}

// list pairs the pictures in dir/images with the masks in dir/masks, by their names without
// endings, sorted.
func list(dir string) ([]pair, error) {
	found := [2]map[string]string{{}, {}}
	for i, sub := range []string{"images", "masks"} {
		at := filepath.Join(dir, sub)
		if !isFolder(at) {
			return nil, fmt.Errorf("mask: there is no folder %s; want images and masks, of pictures with the same names", at)
		}
		files, _, err := vision.PictureFiles(at)
		if err != nil {
			return nil, fmt.Errorf("mask: %w", err)
		}
		for _, file := range files {
			rel, err := filepath.Rel(at, file)
			if err != nil {
				return nil, fmt.Errorf("mask: %w", err)
			}
			name := strings.TrimSuffix(filepath.ToSlash(rel), filepath.Ext(rel))
			if other, twice := found[i][name]; twice {
				return nil, fmt.Errorf("mask: %s and %s have one name; want one picture each", other, file)
			}
			found[i][name] = file
		}
	}
	var pairs []pair
	var alone []string
	for name, file := range found[0] {
		m, ok := found[1][name]
		if !ok {
			alone = append(alone, file)
			continue
		}
		pairs = append(pairs, pair{name, file, m})
		delete(found[1], name)
	}
	for _, file := range found[1] {
		alone = append(alone, file)
	}
	if len(alone) > 0 {
		slices.Sort(alone)
		return nil, fmt.Errorf("mask: %d of the files in %s are in images or masks only, the first %s; want both of each name", len(alone), dir, alone[0])
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("mask: no pictures in %s; want images and masks", dir)
	}
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	return pairs, nil
}

// values is a mask: its values row by row.
type values struct {
	height, width int
	at            []uint8
}

// readMask reads the values of a mask: indices of a palette, or grey levels, which are 0 to
// 255 with 16 bits too.
func readMask(path string) (values, error) {
	img, err := decode(path)
	if err != nil {
		return values{}, err
	}
	r := img.Bounds()
	v := values{r.Dy(), r.Dx(), make([]uint8, r.Dx()*r.Dy())}
	model := img.ColorModel()
	wide := model == color.Gray16Model || model == color.RGBA64Model || model == color.NRGBA64Model
	for y := range v.height {
		for x := range v.width {
			at, to := image.Pt(r.Min.X+x, r.Min.Y+y), &v.at[y*v.width+x]
			switch p := img.(type) {
			case *image.Paletted:
				*to = p.ColorIndexAt(at.X, at.Y)
			case *image.Gray:
				*to = p.GrayAt(at.X, at.Y).Y
			default:
				c := color.NRGBAModel.Convert(img.At(at.X, at.Y)).(color.NRGBA)
				if c.R != c.G || c.G != c.B || c.A != 255 {
					return values{}, fmt.Errorf("mask: %s has the colour (%d, %d, %d, %d) in column %d, row %d; want a picture with a palette, whose indices are the classes, or shades of grey", path, c.R, c.G, c.B, c.A, x, y)
				}
				if *to = c.R; !wide {
					continue
				}
				shade := color.NRGBA64Model.Convert(img.At(at.X, at.Y)).(color.NRGBA64)
				if shade.R != shade.G || shade.G != shade.B || shade.R > 255 {
					return values{}, fmt.Errorf("mask: %s has the value %d, %d, %d of 16 bits in column %d, row %d; want a grey of 0 to 255", path, shade.R, shade.G, shade.B, x, y)
				}
				*to = uint8(shade.R)
			}
		}
	}
	return v, nil
}

// resized takes the value nearest to each pixel of the largest centred part with the
// proportions of h : w, as [vision.ReadPicture] cuts pictures.
func (v values) resized(h, w int) values {
	if v.height == h && v.width == w {
		return v
	}
	ph, pw := v.height, v.width
	if pw*h > ph*w {
		pw = max(1, (ph*w+h/2)/h)
	} else {
		ph = max(1, (pw*h+w/2)/w)
	}
	top, left := (v.height-ph)/2, (v.width-pw)/2
	to := values{h, w, make([]uint8, h*w)}
	for y := range h {
		for x := range w {
			to.at[y*w+x] = v.at[(top+(2*y+1)*ph/(2*h))*v.width+left+(2*x+1)*pw/(2*w)]
		}
	}
	return to
}

// decode reads a picture of any size.
func decode(path string) (image.Image, error) {
	img, err := picture.Decode(path)
	if err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	return img, nil
}

// read reads pairs as pictures of height×width with some channels, and values of their
// masks; seen are the values in all of their masks, before these are resized.
func read(pairs []pair, height, width, channels int, resample bool) (pixels, masks []uint8, seen [256]bool, err error) {
	size := height * width
	pixels, masks = make([]uint8, len(pairs)*size*channels), make([]uint8, len(pairs)*size)
	seen, err = eachMask(pairs, func(i int, v values) error {
		p := pairs[i]
		img, err := decode(p.picture)
		if err != nil {
			return err
		}
		h, w := img.Bounds().Dy(), img.Bounds().Dx()
		if h != v.height || w != v.width {
			return fmt.Errorf("mask: %s has %d×%d pixels and its mask %s %d×%d; want one size", p.picture, w, h, p.mask, v.width, v.height)
		}
		if !resample && (h != height || w != width) {
			return fmt.Errorf("mask: %s has %d×%d pixels, the first picture %d×%d; want one size, or a size to cut all to", p.picture, w, h, width, height)
		}
		bytes, err := vision.Resample(img, height, width, channels)
		if err != nil {
			return fmt.Errorf("mask: %s: %w", p.picture, err)
		}
		copy(pixels[i*size*channels:], bytes)
		copy(masks[i*size:], v.resized(height, width).at)
		return nil
	})
	return pixels, masks, seen, err
}

// valuesIn are the values in the masks of pairs.
func valuesIn(pairs []pair) ([256]bool, error) {
	return eachMask(pairs, func(int, values) error { return nil })
}

// eachMask reads the mask of each pair, calls do with it, on all cores, and returns the
// values that are in any. The error is that of the first pair with one.
func eachMask(pairs []pair, do func(i int, v values) error) (seen [256]bool, err error) {
	errs, in := make([]error, len(pairs)), make([][256]bool, len(pairs))
	parallel.Each(len(pairs), func(_, i int) {
		v, err := readMask(pairs[i].mask)
		if err == nil {
			err = do(i, v)
		}
		errs[i] = err
		for _, value := range v.at {
			in[i][value] = true
		}
	})
	for i, err := range errs {
		if err != nil {
			return seen, err
		}
		for v, is := range in[i] {
			seen[v] = seen[v] || is
		}
	}
	return seen, nil
}

// namesFile lists the classes of a folder, one a line, in the order of their values.
const namesFile = "classes.txt"

// readNames reads the names of classes; there need not be any.
func readNames(dir string, classes int) ([]string, error) {
	path := filepath.Join(dir, namesFile)
	text, err := os.ReadFile(path)
	if err != nil {
		if _, missing := err.(*fs.PathError); missing && os.IsNotExist(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("mask: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	if len(names) != classes {
		return nil, fmt.Errorf("mask: %s has %d names, the masks have %d values; want a name on each line, one for each value", path, len(names), classes)
	}
	return names, nil
}
