from kafka import TopicPartition

print(TopicPartition("orders", 0))
