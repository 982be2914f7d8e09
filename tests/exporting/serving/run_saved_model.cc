// Runs one signature of a SavedModel on TensorFlow's own loader, as a server does: no Python in the process.
//
// run_saved_model FOLDER SIGNATURE FILE...
// The files are the batch: encoded pictures for a signature of strings; otherwise one file of raw float32 values, whose
// shape but for the batch is that of the signature. Prints each output as "name d0 d1 ...: values".

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tensorflow/cc/saved_model/loader.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/public/session.h"

using tensorflow::Tensor;

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Tensor ReadPictures(int count, char** paths) {
  Tensor batch(tensorflow::DT_STRING, {count});
  for (int i = 0; i < count; ++i) batch.flat<tensorflow::tstring>()(i) = ReadFile(paths[i]);
  return batch;
}

Tensor ReadFloats(const tensorflow::TensorInfo& input, const char* path) {
  const std::string bytes = ReadFile(path);
  int64_t each = sizeof(float);
  tensorflow::TensorShape shape({0});
  for (int i = 1; i < input.tensor_shape().dim_size(); ++i) {
    shape.AddDim(input.tensor_shape().dim(i).size());
    each *= input.tensor_shape().dim(i).size();
  }
  shape.set_dim(0, bytes.size() / each);
  Tensor batch(tensorflow::DT_FLOAT, shape);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(batch.flat<float>().data()));
  return batch;
}

template <typename T>
void Print(const Tensor& tensor) {
  for (int64_t i = 0; i < tensor.NumElements(); ++i) std::cout << ' ' << tensor.flat<T>()(i);
}

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  tensorflow::SavedModelBundle bundle;
  tensorflow::Status status = tensorflow::LoadSavedModel(
      tensorflow::SessionOptions(), tensorflow::RunOptions(), argv[1], {"serve"}, &bundle);
  if (!status.ok()) {
    std::cerr << status.ToString() << std::endl;
    return 1;
  }
  const auto& signature = bundle.meta_graph_def.signature_def().at(argv[2]);
  const auto& input = signature.inputs().begin()->second;
  const Tensor batch = input.dtype() == tensorflow::DT_STRING ? ReadPictures(argc - 3, argv + 3) : ReadFloats(input, argv[3]);
  std::vector<std::string> names, tensors;
  for (const auto& output : signature.outputs()) {
    names.push_back(output.first);
    tensors.push_back(output.second.name());
  }
  std::vector<Tensor> outputs;
  status = bundle.session->Run({{input.name(), batch}}, tensors, {}, &outputs);
  if (!status.ok()) {
    std::cerr << status.ToString() << std::endl;
    return 2;
  }
  std::cout.precision(9);
  for (size_t i = 0; i < names.size(); ++i) {
    std::cout << names[i];
    for (const auto& dim : outputs[i].shape()) std::cout << ' ' << dim.size;
    std::cout << ':';
    if (outputs[i].dtype() == tensorflow::DT_FLOAT) Print<float>(outputs[i]);
    if (outputs[i].dtype() == tensorflow::DT_INT32) Print<int>(outputs[i]);
    if (outputs[i].dtype() == tensorflow::DT_STRING) Print<tensorflow::tstring>(outputs[i]);
    std::cout << std::endl;
  }
  return 0;
}
