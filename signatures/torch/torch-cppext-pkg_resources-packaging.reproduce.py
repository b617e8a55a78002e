from torch.utils.cpp_extension import CppExtension

print(CppExtension)
