// Draws from P(z, y | do(x)) by a package that dofx compiled. Neither Python nor dofx is needed to run it.
//
//   dofx export bundle/ -o model.aoti.pt2
//   make && ./sample model.aoti.pt2 8 1.5        prints 8 rows of z and y at do(x = 1.5)
//
// What a package takes, in which order, and what its state numbers mean stands in its metadata: with no number of
// rows this program prints that. Change `inputs` below to what your own package takes.

#include <cstdlib>
#include <iostream>
#include <vector>

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

int main(int count, char** arguments) {
  if (count != 2 && count != 4) {
    std::cerr << "usage: sample PACKAGE [ROWS X]\n";
    return 2;
  }
  setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", 0);  // unchecked, a wrong dtype gives garbage rather than an error
  torch::inductor::AOTIModelPackageLoader package(arguments[1]);
  if (count == 2) {
    std::cout << package.get_metadata()["dofx.json"] << "\n";
    return 0;
  }
  const int64_t rows = std::atoll(arguments[2]);
  const double x = std::atof(arguments[3]);

  c10::InferenceMode guard;
  at::manual_seed(0);
  const std::vector<at::Tensor> inputs = {
      at::rand({rows}),     // noise_z: uniform
      at::randn({rows}),    // noise_y: normal
      at::full({rows}, x),  // do_x: float32
  };
  const std::vector<at::Tensor> outputs = package.run(inputs);
  const at::Tensor z = outputs[0], y = outputs[1];
  for (int64_t row = 0; row < rows; ++row) {
    std::cout << z[row].item<int64_t>() << " " << y[row].item<float>() << "\n";
  }
  return 0;
}
