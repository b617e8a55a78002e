from torch.utils.tensorboard import SummaryWriter

print(SummaryWriter)
