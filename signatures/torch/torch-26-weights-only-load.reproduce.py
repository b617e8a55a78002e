import argparse

import torch

torch.save({"weights": torch.zeros(2), "options": argparse.Namespace(rate=0.1)}, "model.pt")
print(torch.load("model.pt")["options"])
