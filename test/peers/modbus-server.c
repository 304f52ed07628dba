/*
 * A Modbus server on libmodbus: eight discrete inputs (barrier closed, curtain clear), coils and registers.
 * Usage: modbus-server PORT, or modbus-server PATH for Modbus RTU, 9600 bit/s 8N1, unit 1
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fill(modbus_mapping_t *mapping) {
  mapping->tab_input_bits[3] = 1;
  mapping->tab_input_bits[4] = 1;
  for (int i = 0; i < 16; i++) mapping->tab_registers[i] = 0x1234 + i;
}

static void serve(modbus_t *context, modbus_mapping_t *mapping, int is_rtu) {
  unsigned char request[MODBUS_TCP_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(context, request);
    if (length > 0) {
      modbus_reply(context, request, length, mapping);
    } else if (length < 0 && !is_rtu) {
      return;
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int is_rtu = argv[1][0] == '/';
  modbus_t *context =
      is_rtu ? modbus_new_rtu(argv[1], 9600, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argv[1]));
  modbus_mapping_t *mapping = modbus_mapping_new(0x0300, 8, 64, 64);
  if (!context || !mapping) return 1;
  fill(mapping);
  if (is_rtu) {
    modbus_set_slave(context, 1);
    if (modbus_connect(context) < 0) {
      fprintf(stderr, "%s\n", modbus_strerror(errno));
      return 1;
    }
    puts("ready");
    fflush(stdout);
    serve(context, mapping, 1);
    return 0;
  }
  int listener = modbus_tcp_listen(context, 4);
  if (listener < 0) return 1;
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (modbus_tcp_accept(context, &listener) < 0) return 1;
    serve(context, mapping, 0);
    modbus_close(context);
  }
}
