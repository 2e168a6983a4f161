package mgnet

// What a PyTorch state_dict calls the modules of each model.

// Names are those of code that is in use, where that code has the network:
//
//	mgnet   XuTeam/MgNet_Code, mgnet.py. Levels count from 0, a restriction is the
//	        first module of the level it leads to, and a shared operator is listed
//	        with every module that has it:
//	          conv1, bn1                            stem
//	          layer{l}.{i}.A, B, bn1, bn2           step
//	          layer{l}.0.A_old, A_conv              A of the level before and of this one
//	          layer{l}.0.Pi_conv, bn1, R_conv, bn2  Π and R with their norms
//	          fc                                    head
//	resnet  torchvision: conv1, bn1, layer1.0.conv1 (our B), bn1, conv2 (A), bn2,
//	        downsample.0 (R), downsample.1 (its norm), fc
//	densenet  torchvision: features.conv0, features.denseblock{l}.denselayer{k}.norm1, conv1,
//	        norm2, conv2, features.transition{l}.norm, conv, classifier; the last norm is
//	        features.norm5 with a large stem, else features.norm_final as in
//	        gpleiss/efficient_densenet_pytorch
//	unet    milesial/Pytorch-UNet: inc.double_conv.{i}, down{l}.maxpool_conv.1.double_conv.{i},
//	        up{k}.up, up{k}.conv.double_conv.{i}, outc.conv, k from the coarsest level up. With
//	        norm "none" double_conv is Conv2d with a bias, activation, and so on
//	preact  kuangliu/pytorch-cifar: the same with shortcut for downsample and linear
//	        for fc. A file that is read may have either of the two
//
// What these do not have is named in their manner:
//
//	share_a "step"   A u is not formed, so a restriction of mgnet has no A_old, A_conv
//	signal           all convolutions are Conv1d, their weights (out, in, k)
//	depthwise        A, B, R and Π are Conv2d with as many groups as channels
//	mixed            A.mix, R_conv.mix and so on, the 1×1 convolution behind a depthwise one
//	cycle "v"        the way up is up{l}.0.P, and .A with share_a "step", then steps
//	cnn              conv1, bn1; layer{l}.0.R_conv, then steps layer{l}.{i}.conv, bn1; fc
//	head_pool "pixels"  fc is a Conv2d 1×1
//	layers           layer{i}, a Conv2d or Linear, with its bias; norm{i} where there is
//	                 one, act{i}. Rows of a linear map of a picture are those of its C, H, W
//	linear-forecast  cure-lab/LTSF-Linear: Linear, or Linear_Seasonal and Linear_Trend
//	fv-mgnet         stem; levels.{l}.A, B, R, P, all Linear, with bnR, actR;
//	                 levels.{l}.steps.{i}.bn1, act1, bn2, act2, those of the way up last; fc
//	norm "none"      a module with a bias alone in place of a norm
//	whiten           whiten, with its bias, and act0
//	share_b "level"  of resnet and preact: the way down, R and its norm, is a module
//	                 of its own, layer{l}.0.downsample, with the steps from 1 on
//	activations      act1 behind bn1, act2 behind bn2 (behind the norm in a downsample
//	                 "2"): the slopes of PReLU; the support of the hat, which all
//	                 modules of a level share
//
// The code runs mgnet in its residual form; the same weights in the form that
// carries u and f give the same scores.

// Module is a row of the table: a module in PyTorch and its name here, that of a
// parameter, a norm or a head. Picture is H, W, C of what a linear map reads, nil if that
// is no picture.
type Module struct {
	Torch, Ours string
	Picture     []int
}

// Modules is the table of a network, a row for each name in PyTorch. A tensor that
// several modules share has a row for each.
func (n *Network) Modules() []Module { return n.body.names() }

type table []Module

// add adds a row.
func (t *table) add(torch, ours string) { *t = append(*t, Module{Torch: torch, Ours: ours}) }

// kernel adds an operator's kernel, and the 1×1 convolution behind it if there is one.
func (t *table) kernel(torch string, p *Param) {
	t.add(torch, p.Name)
	if p.mix != nil {
		t.add(torch+".mix", p.mix.Name)
	}
}

// stem adds what is before the first level.
func (t *table) stem(s stem) {
	if s.white != nil {
		t.add("whiten", s.white.Name)
		t.add("whiten", "whiten")
		if s.whiteTheta != nil {
			t.add("act0", s.whiteTheta.Name)
		}
	}
	t.add("conv1", s.conv.Name)
	if s.norm != nil {
		t.norm("bn1", "act1", s.norm)
	}
}

// norm adds a norm with the activation behind it, if that has a parameter.
func (t *table) norm(torch, activation string, b *Norm) {
	t.add(torch, b.Name)
	if b.Theta != nil {
		t.add(activation, b.Theta.Name)
	}
}

// norms adds both of a step or a restriction.
func (t *table) norms(prefix string, first, second *Norm) {
	t.norm(prefix+"bn1", prefix+"act1", first)
	t.norm(prefix+"bn2", prefix+"act2", second)
}
