from pathlib import Path

# what protoc made of a message with one field, before 3.19
Path("event_pb2.py").write_text(r"""
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from google.protobuf import reflection as _reflection

DESCRIPTOR = _descriptor.FileDescriptor(
  name='event.proto',
  package='shop',
  syntax='proto3',
  serialized_options=None,
  serialized_pb=b'\n\x0b\x65vent.proto\x12\x04shop\"\x15\n\x05\x45vent\x12\x0c\n\x04name\x18\x01 \x01(\tb\x06proto3'
)

_EVENT = _descriptor.Descriptor(
  name='Event',
  full_name='shop.Event',
  filename=None,
  file=DESCRIPTOR,
  containing_type=None,
  fields=[
    _descriptor.FieldDescriptor(
      name='name', full_name='shop.Event.name', index=0,
      number=1, type=9, cpp_type=9, label=1,
      has_default_value=False, default_value=b"".decode('utf-8'),
      message_type=None, enum_type=None, containing_type=None,
      is_extension=False, extension_scope=None,
      serialized_options=None, file=DESCRIPTOR),
  ],
  extensions=[],
  nested_types=[],
  enum_types=[],
  serialized_options=None,
  is_extendable=False,
  syntax='proto3',
  extension_ranges=[],
  oneofs=[],
  serialized_start=21,
  serialized_end=42,
)
DESCRIPTOR.message_types_by_name['Event'] = _EVENT

Event = _reflection.GeneratedProtocolMessageType('Event', (_message.Message,), {
  'DESCRIPTOR': _EVENT,
  '__module__': 'event_pb2'
})
""")

import event_pb2

print(event_pb2.Event(name="sold"))
