from s3transfer.manager import TransferConfig

print(TransferConfig().multipart_chunksize)
