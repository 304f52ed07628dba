/**
 * Every fault that can be named: what it means, in Chinese and English, and what to do. Codes are stable; the
 * table in `docs/reference/faults.md` is generated from here, and a test finds every code that is not in it.
 */
import type { ReasonText } from './decision/check.ts';

/**
 * `info`: nothing to do. `warning`: it heals or is repeated; look at it during the shift. `error`: a device or a
 * lane does not do its work, and trucks go to a clerk. `critical`: nothing opens, or the record is in danger.
 */
type Severity = 'info' | 'warning' | 'error' | 'critical';

export interface FaultText extends ReasonText {
  readonly severity: Severity;
  /** What an operator can do about it. */
  readonly hint: string;
}

/** On the wire of a device. */
export const wireFaults = {
  'frame-garbage': {
    severity: 'info',
    zh: '串口收到无法识别的字节',
    en: 'bytes that belong to no frame',
    hint: 'check baud rate, parity, wiring and the profile; a few after a start are normal',
  },
  'frame-checksum': {
    severity: 'warning',
    zh: '报文校验错误',
    en: 'a frame with a wrong check',
    hint: 'look for disturbance on the line, missing termination, two masters on one line',
  },
  'frame-guard': {
    severity: 'warning',
    zh: '报文固定字节不符',
    en: 'a frame whose fixed bytes are wrong',
    hint: 'the device may be of another model: compare with `kakou parse frame`',
  },
  'frame-too-long': {
    severity: 'warning',
    zh: '报文过长',
    en: 'more bytes than any frame of the profile has',
    hint: 'the device may be of another model: compare with `kakou parse frame`',
  },
  'frame-idle': {
    severity: 'warning',
    zh: '报文未收完即中断',
    en: 'a frame that stopped before its end',
    hint: 'look for a loose plug, or a device that restarts',
  },
  'frame-undecodable': {
    severity: 'warning',
    zh: '报文内容无法解析',
    en: 'a whole frame whose fields make no sense',
    hint: 'keep the bytes and compare with `kakou parse frame`',
  },
  'reply-unexpected': {
    severity: 'warning',
    zh: '应答与请求不符',
    en: 'a reply that does not fit its request',
    hint: 'check unit number and profile of the module',
  },
  'body-malformed': {
    severity: 'warning',
    zh: '推送内容格式错误',
    en: 'a pushed message that is not of the form the profile describes',
    hint: 'the answer to the device names the member; correct the profile or the device',
  },
  'xml-refused': {
    severity: 'warning',
    zh: '设备的 XML 超出限制或不允许，已拒收',
    en: "a device's XML is over a limit, not well-formed or of a kind that is never read",
    hint: 'see the detail; raise answerBytesMax or alertLengthMax in the profile only if the camera embeds pictures',
  },
  'notification-malformed': {
    severity: 'warning',
    zh: '相机事件与型号配置不符',
    en: "a camera's message is not of the form the profile describes",
    hint: 'the detail names the place; correct the profile, or the rule in the camera',
  },
  'notification-clock': {
    severity: 'warning',
    zh: '相机事件时间晚于相机时钟，按历史读数处理',
    en: "a reading's time lies ahead of the camera's own clock, so it is taken as history",
    hint: 'set time zone and NTP of the camera; if its UtcTime cannot be mended, set ageBy to fetch in the profile',
  },
  'multipart-malformed': {
    severity: 'warning',
    zh: '相机数据流格式错误，已断开重连',
    en: "a camera's stream leaves the form of its parts, or has a part that is too large; it is asked for anew",
    hint: 'the detail says where; raise partBytesMax in the profile if the camera sends large pictures',
  },
  'alert-stream-ended': {
    severity: 'info',
    zh: '相机结束了报警数据流，已重连',
    en: 'the camera ended its stream of alerts; it is asked for anew',
    hint: 'nothing to do if it is rare; often, the camera has too many listeners or restarts',
  },
  'alert-stream-silent': {
    severity: 'warning',
    zh: '相机报警数据流长时间无内容，已断开重连',
    en: 'a stream of alerts brought no whole part for too long, not even a heartbeat; it is asked for anew',
    hint: 'check network and load of the camera; raise stream.silenceMs in the profile if its heartbeats are rarer',
  },
  'alert-stream-flooded': {
    severity: 'error',
    zh: '相机报警过于频繁，已断开',
    en: 'a camera sends more alerts than any gate can have; the stream is given up and asked for anew',
    hint: 'turn other kinds of alarm off in the camera; look whether it is the device that should be there',
  },
  'device-error': {
    severity: 'error',
    zh: '设备报告自身故障',
    en: 'the device reports a fault of its own',
    hint: 'see the detail and the manual of the device',
  },
  'reader-occupied': {
    severity: 'error',
    zh: '读写器已被另一客户端占用',
    en: 'the reader serves another client and takes only one',
    hint: 'stop the other program: a tool of the maker, a second controller; a reader may hold a dead connection for minutes',
  },
  'reader-contended': {
    severity: 'warning',
    zh: '另一客户端正在尝试连接读写器',
    en: 'another program tries to connect to the reader that kakou uses',
    hint: 'find that program: after a break it may be first and shut kakou out',
  },
  'reader-refused': {
    severity: 'error',
    zh: '读写器拒绝了请求',
    en: 'the reader refused what it was asked to do',
    hint: "the log has the reader's own words: compare antennas and transmit power with what the reader has",
  },
  'reader-unanswering': {
    severity: 'error',
    zh: '读写器未按时应答',
    en: 'the reader is connected and does not answer, or its keepalives stopped',
    hint: 'check that the port is the one of LLRP without TLS (5084) and that LLRP is switched on; look at the network',
  },
  'reader-closing': {
    severity: 'warning',
    zh: '读写器主动断开或重新启动',
    en: 'the reader ends the connection by itself, or has started anew',
    hint: 'it is connected again by itself; find out who restarts the reader or changes its settings',
  },
  'inventory-ended': {
    severity: 'warning',
    zh: '读写器停止盘点标签',
    en: 'the reader stopped the inventory by itself or for another one',
    hint: 'it is started again by itself; find out who else uses the reader',
  },
  'antenna-disconnected': {
    severity: 'error',
    zh: '读写器天线断开',
    en: 'the reader misses an antenna that the lane uses',
    hint: 'check cable and connector of the antenna named in the log, and the antenna numbers in the settings',
  },
  'output-mismatch': {
    severity: 'error',
    zh: '继电器状态与写入不符',
    en: 'a relay does not stand as it was written',
    hint: 'look for a second master on the module, a manual switch at it, or a profile of another model',
  },
  'input-chattering': {
    severity: 'warning',
    zh: '输入信号频繁跳变',
    en: 'an input changes more often than a vehicle can make it',
    hint: 'look for a loose terminal, a badly set loop detector or a dirty curtain; the input is named in the alarm',
  },
  'controller-refused': {
    severity: 'error',
    zh: '控制器拒绝执行命令',
    en: 'the controller refused a command',
    hint: 'the reason is in the detail; see docs/reference/plc-interface.md, "Refusals"',
  },
  'controller-stalled': {
    severity: 'critical',
    zh: '控制器程序停止运行',
    en: 'the controller answers, but its program does not run',
    hint: 'the inputs are unknown meanwhile; put the controller into RUN',
  },
  'controller-map-foreign': {
    severity: 'critical',
    zh: '控制器寄存器表不符',
    en: 'the registers are not those of the command interface',
    hint: 'check the base address and the version of the program against docs/reference/plc-interface.md',
  },
  'notice-unanswered': {
    severity: 'warning',
    zh: '显示屏未应答',
    en: 'the display did not answer a text',
    hint: 'check power, line and address of the display; the text is written again at the pace of repeatMs',
  },
  'dialogue-broken': {
    severity: 'warning',
    zh: '设备启动对话无应答',
    en: 'the device did not answer what is said to it at the start',
    hint: 'check model, baud rate and power of the device; the dialogue begins anew by itself',
  },
  'driver-crashed': {
    severity: 'error',
    zh: '驱动程序异常',
    en: 'the driver failed on what the device sent',
    hint: 'this is a defect of kakou: report it with the log',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Between kakou and a device. */
const connectionFaults = {
  'not-heard': {
    severity: 'info',
    zh: '启动后尚未收到数据',
    en: 'nothing has come from the device since the start',
    hint: 'a camera speaks with its first vehicle; see the log for a push to a path that is not configured; of another device check address, mode and cable',
  },
  'port-absent': {
    severity: 'error',
    zh: '串口不存在',
    en: 'there is no such port',
    hint: 'check the path and whether the adapter is plugged in',
  },
  'port-denied': {
    severity: 'error',
    zh: '无权打开串口',
    en: 'the port may not be opened',
    hint: "put the daemon's user into the group that owns the port, usually dialout",
  },
  'port-locked': {
    severity: 'error',
    zh: '串口被其他程序占用',
    en: 'another program holds the port',
    hint: 'stop that program; a modem manager must leave the port alone',
  },
  'port-not-serial': {
    severity: 'error',
    zh: '路径不是串口',
    en: 'the path is no serial port: a folder, a pipe, a file, or another kind of device',
    hint: 'name the port itself, best by its stable name under /dev/serial/by-path',
  },
  'port-flooded': {
    severity: 'error',
    zh: '端口数据泛滥',
    en: 'more bytes come than the line can carry; the connection is given up',
    hint: 'look what is connected there: a device of another kind, a wrong host or port, a faulty adapter',
  },
  'port-write-blocked': {
    severity: 'error',
    zh: '端口无法写入',
    en: 'the other side takes no bytes; the connection is given up and nothing is sent later',
    hint: 'check the adapter or device server, and whether flow control holds the line',
  },
  'port-lost': {
    severity: 'warning',
    zh: '连接中断',
    en: 'the connection to the device was lost',
    hint: 'it is opened again by itself; check plug, power and network',
  },
  'connect-refused': {
    severity: 'error',
    zh: '设备拒绝连接',
    en: 'nobody listens at the address of the device',
    hint: 'check host and port, and whether the device is on',
  },
  'connect-timeout': {
    severity: 'error',
    zh: '连接设备超时',
    en: 'the device did not answer the connection',
    hint: 'check host, network and power',
  },
  'connect-dropped': {
    severity: 'error',
    zh: '连接后立即被对方断开',
    en: 'the other side accepted the connection and hung up at once',
    hint: 'the device server may serve another client already, or this address may not be allowed: free it there',
  },
  'host-unknown': {
    severity: 'error',
    zh: '主机名无法解析',
    en: 'the name of the host is not known',
    hint: 'check the host, or write its address',
  },
  'line-echo': {
    severity: 'error',
    zh: '线路回显自身发送的数据',
    en: 'what is written comes back on the line, where no echo is expected',
    hint: 'the RS-485 adapter hears itself: switch its echo off, or set echo: expect for the line',
  },
  'line-echo-missing': {
    severity: 'error',
    zh: '线路未回显',
    en: 'a reply came without the echo that is expected',
    hint: 'set echo: none for the line',
  },
  'line-noisy': {
    severity: 'error',
    zh: '线路持续有干扰数据',
    en: 'bytes that nobody asked for come without end',
    hint: 'look for a second master, a device that talks by itself, missing termination or bias',
  },
  'unit-taken': {
    severity: 'error',
    zh: '从站地址重复使用',
    en: 'two devices use the same unit of one line',
    hint: 'give each module on the line a unit of its own, on the module and in the configuration',
  },
  'unit-not-serial': {
    severity: 'error',
    zh: '从站地址超出串行线路范围',
    en: 'the unit is none of a serial line: 0 is the broadcast, 248 and above are reserved',
    hint: 'set the unit of the module, 1 to 247',
  },
  'device-silent': {
    severity: 'error',
    zh: '设备无有效数据',
    en: 'no good message within the time the profile allows',
    hint: 'the line is open and the device says nothing useful: check its mode and its cable',
  },
  'modbus-timeout': {
    severity: 'warning',
    zh: 'Modbus 应答超时',
    en: 'no reply in time; the inputs are unknown until the next one',
    hint: 'check unit number, load of the module, wiring or network; raise replyTimeoutMs if it is slow',
  },
  'modbus-exception': {
    severity: 'error',
    zh: 'Modbus 异常应答',
    en: 'the module refused the request',
    hint: 'the profile asks for an address the module does not have: check its model',
  },
  'modbus-foreign-reply': {
    severity: 'warning',
    zh: 'Modbus 应答不属于本次请求',
    en: 'a reply to a request that nobody made; the inputs are unknown',
    hint: 'look for a second master or a gateway that mixes replies; one that does not repeat transaction ids needs transactionIds: ignored',
  },
  'modbus-corrupt': {
    severity: 'warning',
    zh: 'Modbus 应答校验错误',
    en: 'a damaged reply; the inputs are unknown until the next one',
    hint: 'check baud rate, parity, termination and bias of the line; look for a second master or two modules of one unit',
  },
  'modbus-overloaded': {
    severity: 'warning',
    zh: 'Modbus 线路过载',
    en: 'too many requests wait on the line; the newest is not written',
    hint: 'poll less often, or put fewer modules on the line',
  },
  'modbus-disconnected': {
    severity: 'warning',
    zh: 'Modbus 连接中断',
    en: 'the connection was gone before the reply',
    hint: 'it is opened again by itself; check network and power',
  },
  'modbus-expired': {
    severity: 'warning',
    zh: 'Modbus 请求已过期未发送',
    en: 'the request was too late and was not written',
    hint: 'the line is overloaded: poll less often',
  },
  'isapi-auth-refused': {
    severity: 'error',
    zh: '相机拒绝用户名或密码',
    en: 'the camera refuses user, password or right of the sign-in for its alerts',
    hint: 'correct the password file and start anew; kakou asks at most 3 times in 5 minutes, because cameras lock the account after about 5',
  },
  'isapi-certificate-refused': {
    severity: 'error',
    zh: '相机 TLS 证书不被信任',
    en: "the camera's certificate is not trusted",
    hint: 'save the certificate of the camera, or of its authority, as PEM and name it as certificateFile',
  },
  'isapi-answer-refused': {
    severity: 'error',
    zh: '相机应答不是报警数据流，已拒收',
    en: 'what the camera answers is no stream of alerts; a redirect is never followed',
    hint: 'check that host and port are those of the camera, that ISAPI is on, and stream.path of the profile',
  },
  'onvif-auth-refused': {
    severity: 'error',
    zh: '相机拒绝用户名或密码',
    en: 'the camera refuses user, password or time of the sign-in',
    hint: 'correct the password file and start anew; kakou asks at most 3 times in 5 minutes, because cameras lock the account after about 5. If the password is right, compare the clocks (see tokenTime in the profile)',
  },
  'onvif-certificate-refused': {
    severity: 'error',
    zh: '相机 TLS 证书不被信任',
    en: "the camera's certificate is not trusted",
    hint: 'save the certificate of the camera, or of its authority, as PEM and name it as certificateFile',
  },
  'onvif-timeout': {
    severity: 'warning',
    zh: '相机应答超时',
    en: 'the camera did not finish an answer in time',
    hint: 'check load and network of the camera; it is asked again by itself',
  },
  'onvif-answer-cut': {
    severity: 'warning',
    zh: '相机应答中断',
    en: 'the connection ended before the answer was whole',
    hint: 'if it happens at every fetch, lower pull.timeoutS in the profile: some cameras cut at 10 s',
  },
  'onvif-answer-refused': {
    severity: 'error',
    zh: '相机应答过大或无法识别，已拒收',
    en: "the camera's answer is too large or is not what was asked for",
    hint: 'check that host and port are those of the ONVIF service; see the detail',
  },
  'onvif-fault': {
    severity: 'warning',
    zh: '相机返回 SOAP 故障',
    en: 'the camera answered with a fault',
    hint: 'see the detail; the user needs at least the level Operator for events on many cameras',
  },
  'onvif-no-events': {
    severity: 'error',
    zh: '相机没有 ONVIF 事件服务',
    en: 'the camera names no event service',
    hint: 'turn ONVIF events on in the camera, or use another way to its readings',
  },
  'onvif-subscription-lost': {
    severity: 'warning',
    zh: '相机的事件订阅丢失',
    en: 'the camera no longer knows the subscription',
    hint: 'it is made anew by itself; often, it has restarted or has too many subscribers',
  },
  'onvif-pull-overdue': {
    severity: 'error',
    zh: '相机事件长时间未取到',
    en: 'no fetch of messages has succeeded for twice its time',
    hint: 'everything is connected anew by itself; check network and load of the camera',
  },
  'onvif-renew-failed': {
    severity: 'info',
    zh: '订阅续期失败',
    en: 'the subscription could not be renewed; fetches prolong it as well',
    hint: 'nothing to do while messages come; set pull.renew to false if the camera has no Renew',
  },
  'onvif-clock-stepped': {
    severity: 'warning',
    zh: '相机时钟跳变',
    en: "the camera's clock has stepped",
    hint: 'set NTP in the camera; its sign-in time has been read again',
  },
  'onvif-clock-skew': {
    severity: 'warning',
    zh: '相机时钟与本机相差过大',
    en: "the camera's clock is far from this machine's",
    hint: 'set NTP and time zone in the camera; readings are judged by its own clock and go on',
  },
  'onvif-snapshot-failed': {
    severity: 'info',
    zh: '相机抓拍失败',
    en: 'a still picture could not be fetched; the reading stands without it',
    hint: 'see the detail; check that the user may view pictures',
  },
  'onvif-worker-crashed': {
    severity: 'error',
    zh: '相机工作线程异常退出，已重启',
    en: "the camera's worker ended by an error and is started again",
    hint: 'what the camera sent broke the library that reads it: keep the log and report it',
  },
  'onvif-worker-hung': {
    severity: 'error',
    zh: '相机工作线程无响应，已重启',
    en: "the camera's worker did not answer and is started again",
    hint: 'what the camera sent keeps the library busy without end: keep the log and report it',
  },
  'onvif-worker-memory': {
    severity: 'error',
    zh: '相机工作线程内存超限，已重启',
    en: "the camera's worker reached its memory limit and is started again",
    hint: 'lower answerBytesMax in the profile; report it with the log',
  },
  'order-timeout': {
    severity: 'error',
    zh: '指令应答超时',
    en: 'an order was not answered in time',
    hint: 'see modbus-timeout',
  },
  'order-exception': {
    severity: 'error',
    zh: '指令被模块拒绝',
    en: 'the module refused an order',
    hint: 'see modbus-exception',
  },
  'order-foreign-reply': {
    severity: 'error',
    zh: '指令应答不匹配',
    en: 'an order met a reply that was not its own',
    hint: 'see modbus-foreign-reply',
  },
  'order-corrupt': {
    severity: 'error',
    zh: '指令应答校验错误',
    en: 'the reply to an order was damaged: whether it was carried out is not known',
    hint: 'see modbus-corrupt',
  },
  'order-overloaded': {
    severity: 'error',
    zh: '线路过载，指令未发送',
    en: 'too many orders wait on the line; this one is not written',
    hint: 'see modbus-overloaded',
  },
  'order-disconnected': {
    severity: 'error',
    zh: '指令发送时连接中断',
    en: 'the connection was gone before an order was answered',
    hint: 'see modbus-disconnected',
  },
  'order-expired': {
    severity: 'error',
    zh: '指令已过期未发送',
    en: 'an order was too late and was not written',
    hint: 'the line is overloaded: poll less often',
  },
  'order-unproven': {
    severity: 'error',
    zh: '指令执行结果未得到确认',
    en: 'the device took an order and did not say what became of it',
    hint: 'the limit switches tell whether the arm moved; see the program of the controller',
  },
  'output-not-released': {
    severity: 'critical',
    zh: '开闸输出可能仍然接通',
    en: 'a contact of the barrier could not be brought to rest; no order is carried out until it is',
    hint: 'see the module: safe state, manual switch, a second master; it is tried again every second',
  },
  'module-safe-state': {
    severity: 'critical',
    zh: '模块处于安全状态，输出不受控',
    en: "the module's watchdog took its outputs, and it does not obey until the state is cleared",
    hint: 'find out why the connection was lost, look that nobody stands under the arm, then clear the state by hand',
  },
  'watchdog-not-running': {
    severity: 'error',
    zh: '模块看门狗未运行',
    en: 'the watchdog of the module does not run, so the arm is not raised by contacts that only we would end',
    hint: 'set the watchdog on the module as the profile says',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** In a lane: they refer a truck, close the lane or call a person. */
export const laneFaults = {
  'turned-back': {
    severity: 'info',
    zh: '已由工作人员责令退回',
    en: 'a person has turned the vehicle back',
    hint: 'it has to leave the lane the way it came; nothing opens for it',
  },
  'barrier-unknown': {
    severity: 'error',
    zh: '道闸或地感状态未知',
    en: 'arm or loops of the lane are unknown, so nothing opens by itself',
    hint: 'see the IO module of the lane; it heals with it',
  },
  'ledger-failing': {
    severity: 'critical',
    zh: '账本无法写入，不允许自动放行',
    en: 'the ledger cannot be written, so nothing opens by itself',
    hint: 'free space on the data disk, check the disk; it heals with it',
  },
  'arm-open-unsupervised': {
    severity: 'critical',
    zh: '道闸抬起时间过长',
    en: 'the arm has stood up for longer than it may',
    hint: 'lower the arm; the lane comes back when it is down and the lane is empty',
  },
  'device-absent-at-start': {
    severity: 'error',
    zh: '启动时设备不在线，通道停用',
    en: 'a device the lane cannot do without was absent at start',
    hint: 'connect it and start the daemon anew',
  },
  'local-control': {
    severity: 'info',
    zh: '道闸处于就地控制',
    en: 'someone controls the barrier at the barrier itself',
    hint: 'moves by hand are recorded as such',
  },
  'lane-draining': {
    severity: 'info',
    zh: '通道排空中，不再接纳车辆',
    en: 'the lane was ordered closed: it finishes those who were there and takes nobody new',
    hint: 'send the truck to another lane; "kakou lane resume" ends it',
  },
  'lane-drained': {
    severity: 'info',
    zh: '通道已按指令停用',
    en: 'the lane was ordered out of service',
    hint: '"kakou lane resume" puts it in service again',
  },
  'lane-in-maintenance': {
    severity: 'info',
    zh: '通道检修中',
    en: 'the lane is in maintenance, and nothing opens by itself',
    hint: '"kakou lane resume" ends it when nobody works at the barrier',
  },
  'lane-switching': {
    severity: 'info',
    zh: '通道换向中',
    en: 'the lane waits to be turned: it must be empty with the arm down',
    hint: 'let the lane be empty; "kakou lane resume" gives it up',
  },
  'arm-held-open': {
    severity: 'warning',
    zh: '道闸按指令常开',
    en: 'the arm is held open by order; whoever crosses is recorded and is a case',
    hint: '"kakou lane resume" ends it; the arm comes down when nothing is under it',
  },
  'arm-not-held-open': {
    severity: 'critical',
    zh: '道闸应常开而未抬起',
    en: 'the arm is to be held open and is not up',
    hint: 'raise it by the key; after a restart order "open-held" anew',
  },
  'crossed-while-held-open': {
    severity: 'warning',
    zh: '车辆在道闸常开期间通过',
    en: 'a vehicle crossed without a decision while the arm was held open',
    hint: 'find out who it was; what it was released for is not used up',
  },
  'crossed-under-local-control': {
    severity: 'warning',
    zh: '车辆在就地控制期间通过',
    en: 'a vehicle crossed without a decision while the key at the barrier held the arm up',
    hint: 'countersign the paper of whoever turned the key; nothing is used up',
  },
  'arm-moved-uncommanded': {
    severity: 'critical',
    zh: '道闸无指令抬起',
    en: 'the arm left closed although nobody had ordered it',
    hint: 'look at the barrier: a hand, a second controller, or a broken arm',
  },
  'barrier-fault': {
    severity: 'error',
    zh: '道闸控制器报故障',
    en: "the barrier's controller reports a fault",
    hint: 'see the barrier',
  },
  'crossed-without-decision': {
    severity: 'critical',
    zh: '车辆未经放行通过出口线',
    en: 'a vehicle crossed the exit line without a decision',
    hint: 'find the vehicle: the entry names the passage it followed',
  },
  'vehicle-on-far-side': {
    severity: 'warning',
    zh: '车辆从出口侧驶入通道',
    en: 'a vehicle has come onto the exit line from the far side, against the direction of the lane',
    hint: 'have it back out: nobody is let through towards it',
  },
  'wrong-lane': {
    severity: 'warning',
    zh: '车辆驶错通道或方向相反',
    en: 'the vehicle stands in a lane that does not serve its direction, or faces another one',
    hint: 'send it to a lane of its direction, or turn the reversible lane when it is empty',
  },
  'held-after-decision': {
    severity: 'critical',
    zh: '放行后收到布控或撤销，车辆尚未通过出口线',
    en: 'a hold or a revocation came after the decision, and the vehicle has not crossed',
    hint: 'stop the vehicle before the exit line; the arm is not lowered on it',
  },
  'held-after-exit': {
    severity: 'critical',
    zh: '车辆通过出口线后收到布控或撤销',
    en: 'a hold or a revocation came when the vehicle had crossed',
    hint: 'tell customs: the vehicle is out, the entry names it',
  },
  'arm-stuck': {
    severity: 'error',
    zh: '道闸未按指令抬起',
    en: 'the arm did not rise on the order',
    hint: 'see the barrier: power, mode switch, limit switches',
  },
  'arm-came-down': {
    severity: 'warning',
    zh: '放行后道闸已落下，车辆仍在闸前',
    en: 'the arm came down again before the truck it rose for had driven on',
    hint: 'let the truck through by hand, or turn it back; the release it had stays reserved for it',
  },
  'arm-not-open': {
    severity: 'error',
    zh: '道闸离开落杆位后未到达抬杆位',
    en: 'the arm left closed and did not reach the open limit in time',
    hint: 'see the arm: blocked on its way, motor, open limit switch',
  },
  'arm-between-too-long': {
    severity: 'error',
    zh: '道闸长时间处于中间位置',
    en: 'neither limit switch is made for longer than the arm travels',
    hint: 'see the arm: blocked, stopped by hand, or a limit switch that is never made',
  },
  'arm-limits-contradict': {
    severity: 'error',
    zh: '道闸两个限位信号同时有效',
    en: 'both limit switches are made at once, so where the arm is is unknown',
    hint: 'check the limit switches and their wiring',
  },
  'arm-broken-or-bypassed': {
    severity: 'critical',
    zh: '道闸显示已落杆但有车辆越过',
    en: 'a vehicle crossed the exit line while the limit switches said that the arm is down',
    hint: 'look at the arm: broken off, swung away, driven around, or a closed limit switch that is stuck',
  },
  'loop-stuck': {
    severity: 'warning',
    zh: '地感长时间被占用',
    en: 'a loop has been occupied for longer than a vehicle stands there',
    hint: 'look whether a vehicle stands on it; else reset its detector',
  },
  'loop-silent': {
    severity: 'error',
    zh: '地感无响应',
    en: 'a loop or the curtain told nothing of several vehicles that the others saw',
    hint: 'drive over it and look at its detector: wire, sensitivity, terminal',
  },
  'source-blind': {
    severity: 'error',
    zh: '设备在线但未识别到车辆',
    en: 'a camera, reader or platform answers and told nothing of several vehicles that passed it',
    hint: 'look at its trigger, aim, lens, antenna or platform; the entry names the device',
  },
  'curtain-blocked': {
    severity: 'warning',
    zh: '光幕长时间被遮挡',
    en: 'the curtain has been interrupted for longer than a vehicle stands in it',
    hint: 'look for an object, dirt, or a broken wire, which reads as interrupted',
  },
  'arm-not-closed': {
    severity: 'warning',
    zh: '道闸未落下，不能判定下一辆车',
    en: 'the arm has not come down, so the next truck cannot be judged',
    hint: 'lower the arm',
  },
  'command-expired': {
    severity: 'error',
    zh: '开闸指令超时未发出',
    en: 'the open order expired before it was written',
    hint: 'the truck is referred; see the IO module',
  },
  'command-failed': {
    severity: 'error',
    zh: '开闸指令未送达',
    en: 'the open order did not reach the barrier',
    hint: 'the truck is referred; see the IO module',
  },
  'decision-contended': {
    severity: 'warning',
    zh: '放行信息在判定过程中多次变化',
    en: 'the release facts changed again and again while the decision was being made',
    hint: 'let the truck be judged again',
  },
  'decision-not-stored': {
    severity: 'critical',
    zh: '判定无法保存，不允许自动放行',
    en: 'the decision could not be stored, so nothing may open',
    hint: 'free space on the data disk, check the disk',
  },
  'vehicle-moved': {
    severity: 'warning',
    zh: '判定完成时车辆已不在闸前，或道闸未落下',
    en: 'when the decision was stored the truck no longer stood before the closed arm',
    hint: 'let the truck drive up again; the release it had stays reserved for it',
  },
  'facts-unavailable': {
    severity: 'critical',
    zh: '放行信息库不可用',
    en: 'the release facts could not be read',
    hint: 'the log says why: a fault of the data disk, or a subject that more facts name than can be looked at',
  },
  'passage-interrupted': {
    severity: 'warning',
    zh: '系统在该车过卡途中重启',
    en: 'the system restarted while this truck was in the lane',
    hint: 'judge the truck again; the release it had stays reserved for it',
  },
  'crossing-not-observed': {
    severity: 'error',
    zh: '车辆离开通道时未被完整观察到，是否过卡未知',
    en: 'the truck left the lane and was not seen to do so in whole; whether it crossed is unknown',
    hint: 'find out from the pictures or the yard, and record it',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Of the databases. */
const yardFaults = {
  'yard-failed': {
    severity: 'critical',
    zh: '场内台账处理出错',
    en: 'what follows from a crossing or a fact for the yard could not be worked out',
    hint: 'the crossing itself is on record; report the detail to the maker, and look for the vehicle in the yard',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Why something on the premises, or its registration, is still open. */
const openCauseTexts = {
  'still-inside': {
    severity: 'info',
    zh: '仍在场内',
    en: 'it is still on the premises',
    hint: 'nothing, unless it has been there too long: then find out what it waits for',
  },
  'held-inside': {
    severity: 'warning',
    zh: '布控或扣留在场',
    en: 'a hold keeps it on the premises',
    hint: 'ask the authority that placed the hold',
  },
  'exit-not-captured': {
    severity: 'error',
    zh: '出场未采集',
    en: 'it has left, and no lane recorded that',
    hint: 'settle it with the evidence; look at the exit lane that missed it',
  },
  'exit-not-joined': {
    severity: 'error',
    zh: '出场记录未关联',
    en: 'an exit is on record that belongs to no visit yet',
    hint: 'join the crossing to the visit: kakou yard join',
  },
  'left-while-arm-held-open': {
    severity: 'error',
    zh: '栏杆常开期间离场',
    en: 'it left while the arm stood up without a decision',
    hint: 'compare with the pictures of that time and settle it',
  },
  'outage-gap': {
    severity: 'error',
    zh: '停机期间离场',
    en: 'it left while the gate did not run, or was not seen to cross',
    hint: 'compare with the pictures of that time and settle it',
  },
  'exited-elsewhere': {
    severity: 'warning',
    zh: '从其他卡口离场',
    en: 'customs registered its exit at another gate',
    hint: 'settle it with the customs record',
  },
  'left-by-water': {
    severity: 'info',
    zh: '水路离场',
    en: 'its box went aboard a vessel or barge',
    hint: 'settle it with the tally',
  },
  'dropped-trailer': {
    severity: 'info',
    zh: '挂车甩挂在场',
    en: 'its trailer stands on the premises without a tractor',
    hint: 'nothing, unless it has stood there too long',
  },
  're-hitched': {
    severity: 'warning',
    zh: '换挂离场',
    en: 'its box or trailer left behind another tractor',
    hint: 'settle it with the exit of the other tractor',
  },
  'never-entered': {
    severity: 'info',
    zh: '未进场',
    en: 'it was bound and has not come',
    hint: 'unbind it, or wait for it',
  },
  'registration-rejected': {
    severity: 'error',
    zh: '出场（或进场）登记被退回',
    en: 'customs did not accept the registration of the exit, or of the entry',
    hint: 'correct what the reason names and register again',
  },
  'registration-unanswered': {
    severity: 'error',
    zh: '出场（或进场）登记未答复',
    en: 'customs has not answered the registration of the exit, or of the entry',
    hint: 'ask customs with the number of the registration',
  },
  'appearance-overdue': {
    severity: 'warning',
    zh: '分流车辆未按时到达指定地点',
    en: 'a diverted vehicle has not been seen where it had to appear',
    hint: 'look for it there; "kakou yard check" says whether it is, "kakou yard settle" ends it',
  },
  undetermined: {
    severity: 'error',
    zh: '原因待查',
    en: 'several things may have happened',
    hint: 'look for it in the yard by the time given: kakou yard check',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

const platformFaults = {
  'platform-no-answer': {
    severity: 'error',
    zh: '海关卡口平台未应答',
    en: 'the customs gate platform gave no answer to the last question of the lane',
    hint: 'look at the line to the platform, its address and the dialect; by default each truck goes to a clerk',
  },
  'platform-not-linked': {
    severity: 'error',
    zh: '通道未连接海关卡口平台',
    en: 'the lane has a number at the customs gate platform, and no way to it',
    hint: 'in a replay: the question was not recorded. At a gate: report it with the log',
  },
  'platform-number-unwritten': {
    severity: 'critical',
    zh: '流水号无法写入，未向海关卡口平台申请',
    en: 'no sequence number could be written, so the customs gate platform was not asked',
    hint: 'look at the disk of the data folder, and at platform.db in it',
  },
  'platform-unreachable': {
    severity: 'error',
    zh: '无法连接海关卡口平台',
    en: 'no connection to the customs gate platform',
    hint: 'check host and port of customsPlatform, the route to it, and its firewall',
  },
  'platform-hung-up': {
    severity: 'error',
    zh: '海关卡口平台未应答即断开连接',
    en: 'the customs gate platform closed the connection without an answer',
    hint: 'it may not take the message: compare the dialect; or it answers on a connection of its own: configure listen',
  },
  'platform-answer-unreadable': {
    severity: 'error',
    zh: '海关卡口平台的应答无法识别',
    en: 'an answer of the customs gate platform could not be read',
    hint: 'the log says what is wrong with it: compare the dialect of customsPlatform',
  },
  'platform-message-unreadable': {
    severity: 'warning',
    zh: '海关卡口平台发来的报文无法识别',
    en: 'a message on a connection that the customs gate platform opened could not be read',
    hint: 'the entry says what is wrong with it: compare the dialect of customsPlatform',
  },
  'platform-peer-unknown': {
    severity: 'warning',
    zh: '未登记地址试图以海关卡口平台身份连接',
    en: 'an address that is not registered has connected in place of the customs gate platform',
    hint: 'find out whose address it is; if it is the platform, add it to the peers',
  },
  'platform-peer-crowding': {
    severity: 'warning',
    zh: '海关卡口平台连接过多',
    en: 'the customs gate platform holds more connections open than are taken',
    hint: 'ask its operator why connections are not closed',
  },
  'platform-listener-failed': {
    severity: 'error',
    zh: '无法监听海关卡口平台的连接',
    en: 'the port for connections of the customs gate platform could not be opened',
    hint: 'another program may have the port: check listen of customsPlatform. It is tried again',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

export const storeFaults = {
  'store-sqlite-old': {
    severity: 'critical',
    zh: 'SQLite 版本过旧',
    en: 'SQLite is older than the version whose durability was tested',
    hint: 'install the dependencies of this version anew',
  },
  'store-readonly': {
    severity: 'critical',
    zh: '数据目录不可写',
    en: 'the database cannot be written',
    hint: "give the daemon's user write access to the data directory",
  },
  'store-full': {
    severity: 'critical',
    zh: '磁盘已满',
    en: 'the disk is full',
    hint: 'free space on the data disk',
  },
  'store-corrupt': {
    severity: 'critical',
    zh: '数据库损坏',
    en: 'the database is damaged',
    hint: 'restore the last backup',
  },
  'store-newer': {
    severity: 'critical',
    zh: '数据库由更新版本写入',
    en: 'the database was written by a newer version',
    hint: 'install that version, or restore the backup taken before the upgrade',
  },
  'store-foreign': {
    severity: 'critical',
    zh: '文件不是本系统的数据库',
    en: 'the file is the database of something else',
    hint: 'check data.directory',
  },
  'store-key-foreign': {
    severity: 'critical',
    zh: '签名密钥与账本公布的不符',
    en: 'the signing key is not the one that the log announces, or the log is of another gate',
    hint: 'put signing-key.pem of this gate back; if it is lost, go on in a new epoch with `kakou journal begin-epoch`',
  },
  'store-entry-pruned': {
    severity: 'error',
    zh: '记录内容已按保存期限清理',
    en: 'the body of an entry that is asked for was pruned',
    hint: 'ask the centre, or an export of before',
  },
  'journal-not-pruned': {
    severity: 'error',
    zh: '超过保存期限的记录未能清理',
    en: 'entries are older than retention.journalDays and could not be pruned',
    hint: 'the detail says why: the centre has not acknowledged them, the clock is not synchronised (clock.trust), or the ledger cannot be written',
  },
  'store-io': {
    severity: 'critical',
    zh: '数据库读写错误',
    en: 'the database met an input or output error',
    hint: 'check the data disk',
  },
  'ledger-full': {
    severity: 'critical',
    zh: '账本所在磁盘已满',
    en: 'the ledger could not be written: the disk is full',
    hint: 'free space on the data disk',
  },
  'ledger-io': {
    severity: 'critical',
    zh: '账本写入错误',
    en: 'the ledger could not be written: input or output error',
    hint: 'check the data disk',
  },
  'ledger-readonly': {
    severity: 'critical',
    zh: '账本不可写',
    en: 'the ledger could not be written: it is read-only',
    hint: 'look whether the file system was remounted read-only',
  },
  'entry-too-large': {
    severity: 'error',
    zh: '记录过大，部分内容已省略',
    en: 'an event was too large for an entry, so its largest members were left out',
    hint: 'the entry names what was left out; of a decision the ledger keeps inputs and result in full',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Evidence pictures. None of them holds a decision up. */
export const pictureFaults = {
  'picture-too-large': {
    severity: 'warning',
    zh: '图片超过大小上限，未保存',
    en: 'a picture is larger than is kept; its hash is on record',
    hint: 'lower the resolution or quality in the camera, or raise pictures.pictureKiBMax',
  },
  'picture-form-unknown': {
    severity: 'warning',
    zh: '图片既非 JPEG 也非 PNG，未保存',
    en: 'what came as a picture is neither JPEG nor PNG; it is not kept',
    hint: 'set the camera to JPEG; see the picture rows of the profile',
  },
  'pictures-too-many': {
    severity: 'warning',
    zh: '一条消息中图片过多，超出部分未保存',
    en: 'a message has more pictures than are taken; the others are left out',
    hint: 'let the camera send fewer, or raise pictures.perMessageMax',
  },
  'picture-rate-exceeded': {
    severity: 'warning',
    zh: '设备每分钟图片过多，超出部分未保存',
    en: 'a device sends more pictures in a minute than are taken',
    hint: 'look why the camera triggers so often, or raise pictures.perMinuteMax',
  },
  'pictures-busy': {
    severity: 'warning',
    zh: '图片存储忙，未保存',
    en: 'more pictures wait to be stored than are held in memory; this one is not kept',
    hint: 'the data disk is too slow for the cameras: check it',
  },
  'picture-truncated': {
    severity: 'warning',
    zh: '图片不完整，已按原样保存并标记',
    en: 'a picture ends before it is whole; it is kept as it came and marked',
    hint: 'check network and load of the camera, and its limits for what it posts',
  },
  'picture-damaged': {
    severity: 'warning',
    zh: '图片无法解码，已按原样保存并标记',
    en: 'a picture cannot be decoded; it is kept as it came and marked',
    hint: 'keep the file and report it with model and firmware of the camera',
  },
  'pictures-not-stored': {
    severity: 'error',
    zh: '图片无法写入，新图片不再保存',
    en: 'pictures cannot be written; new ones are not kept, and everything else goes on',
    hint: 'see the detail: free space on the data disk, or its rights; it heals by itself',
  },
  'pictures-space-low': {
    severity: 'warning',
    zh: '磁盘空间不足，场景图片不再保存',
    en: 'space is short: scene pictures are not kept until the oldest are gone',
    hint: 'free space on the data disk, or lower pictures.quotaMiB or pictures.retentionDays',
  },
  'picture-worker-crashed': {
    severity: 'error',
    zh: '图片工作线程异常退出，已重启',
    en: 'the worker that stores pictures ended by an error and is started again',
    hint: 'keep the log and report it; pictures that waited are lost',
  },
  'picture-check-failed': {
    severity: 'warning',
    zh: '图片检查程序异常退出或超时',
    en: 'the process that checks pictures crashed or took too long; it is started again',
    hint: 'keep the picture named in the detail and report it',
  },
  'picture-check-unavailable': {
    severity: 'warning',
    zh: '图片检查不可用，无缩略图',
    en: 'pictures cannot be checked on this machine: they are kept, without thumbnails',
    hint: 'the package sharp cannot be loaded: install kakou anew for this platform',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Of the customs feed. */
const feedFaults = {
  'feed-file-headless': {
    severity: 'error',
    zh: '放行文件缺少文件头',
    en: 'the first line of a file is no feed header',
    hint: 'the file lies in rejected/ with its reason; the sender must write it anew',
  },
  'feed-file-incomplete': {
    severity: 'warning',
    zh: '放行文件不完整',
    en: 'a file has no watermark at its end',
    hint: 'the file lies in rejected/ with its reason; the sender must write it anew',
  },
  'feed-file-mixed': {
    severity: 'error',
    zh: '一个文件中混有多份放行信息',
    en: 'a second header or a watermark stands amid a file',
    hint: 'the file lies in rejected/ with its reason; the sender must write one header and one watermark a file',
  },
  'feed-file-irregular': {
    severity: 'error',
    zh: '放行目录中的条目不是普通文件',
    en: 'a folder, a link or a pipe bears the name of a file of the feed',
    hint: 'it lies in rejected/ with its reason; put the file itself into the folder',
  },
  'feed-file-unreadable': {
    severity: 'error',
    zh: '放行文件无法读取',
    en: 'a file could not be read',
    hint: "the file lies in rejected/ with its reason; give the daemon's user the right to read, then put it back",
  },
  'feed-watermark-unreadable': {
    severity: 'error',
    zh: '放行文件的截止标记无效',
    en: 'the watermark at the end of a file says nothing that can be used, such as a time that does not exist',
    hint: 'the file lies in rejected/ with its reason; the sender must write it anew',
  },
  'feed-watermark-implausible': {
    severity: 'error',
    zh: '放行文件的截止时间不可信',
    en: 'the time of a watermark lies before 2000 or in the future; its source stays as old as it was',
    hint: "set the clock of the sender; if every source has this fault, set this gate's clock",
  },
  'feed-snapshot-older': {
    severity: 'warning',
    zh: '全量文件早于已接收的信息',
    en: 'a snapshot is older than what has been taken of its source',
    hint: 'send a newer one; where the sender counts anew from 1, stop the daemon and remove feed.db first',
  },
  'feed-count-differs': {
    severity: 'error',
    zh: '放行文件的记录数与声明不符',
    en: 'a file has not as many records as its last line says',
    hint: 'a snapshot lies in rejected/, a delta was taken; find out where lines are lost and send it anew',
  },
  'feed-source-unknown': {
    severity: 'error',
    zh: '放行文件来源未配置',
    en: 'a file of a source that is not configured',
    hint: 'add the source under feed.sources, or find out who writes it',
  },
  'feed-unreadable': {
    severity: 'error',
    zh: '放行信息接收程序异常',
    en: 'the feed could not be read',
    hint: 'check feed.directory and the data disk; decisions see the sources grow old',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Between the gate and the centre. */
const uplinkFaults = {
  'uplink-resend-pruned': {
    severity: 'error',
    zh: '监管中心要求重发的记录已清理',
    en: 'the centre asks for entries again whose bodies were pruned after it had acknowledged them',
    hint: 'the centre has lost entries: it has to take them from its own backup',
  },
  'uplink-fork': {
    severity: 'critical',
    zh: '监管中心持有的记录与本地不一致',
    en: 'the centre acknowledges other bytes than this gate has written',
    hint: 'a ledger was restored or tampered with: compare with `kakou journal verify` on both sides',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** The daemon does not start. */
/** Why a command of the centre was not carried out. */
const remoteFaults = {
  'remote-retained': {
    severity: 'warning',
    zh: '拒绝保留消息形式的下行指令',
    en: 'a retained command was refused: it may have been meant for another situation',
    hint: 'publish commands without the retain flag, and remove the retained one from the broker',
  },
  'remote-malformed': {
    severity: 'warning',
    zh: '下行指令格式错误',
    en: 'a command could not be read',
    hint: 'see the reference of commands; the entry says what is wrong',
  },
  'remote-key-unknown': {
    severity: 'error',
    zh: '下行指令密钥未登记',
    en: 'a command names a key that is not pinned at this gate',
    hint: 'add the key to uplink.commandKeys, or find out who sends it',
  },
  'remote-unsigned': {
    severity: 'critical',
    zh: '下行指令签名无效',
    en: 'the signature of a command is not good',
    hint: 'somebody else may write to the topic of commands: look at the rights at the broker',
  },
  'remote-for-another-gate': {
    severity: 'error',
    zh: '下行指令不属于本卡口',
    en: 'a command for another gate was published to this one',
    hint: 'look at the centre, and at the rights at the broker',
  },
  'remote-replayed': {
    severity: 'error',
    zh: '下行指令序号未递增，疑似重放',
    en: 'a command has a number that is not above that of the last one: an old one may have been played again',
    hint: 'the centre must count upwards, also after it was restored; else look at the rights at the broker',
  },
  'remote-role-forbidden': {
    severity: 'warning',
    zh: '该角色无权下达此指令',
    en: 'the role of the person does not allow this command',
    hint: 'see the reference of commands',
  },
  'remote-clock-unsynced': {
    severity: 'error',
    zh: '本机时钟不可信，不能判断指令是否过期',
    en: 'the clock of the gate cannot be trusted, so whether a command has expired is not known',
    hint: 'give the gate its time again, and send the command anew',
  },
  'remote-lifetime': {
    severity: 'warning',
    zh: '下行指令有效期过长或无效',
    en: 'a command lives longer than 15 minutes, or no time at all',
    hint: 'let it expire 15 minutes after it was issued at the latest',
  },
  'remote-not-yet': {
    severity: 'error',
    zh: '下行指令签发时间在未来',
    en: 'a command was issued in the future',
    hint: 'compare the clocks of centre and gate',
  },
  'remote-expired': {
    severity: 'warning',
    zh: '下行指令已过期',
    en: 'a command came after it had expired',
    hint: 'send it anew where it is still wanted',
  },
  'remote-too-many': {
    severity: 'warning',
    zh: '下行指令过多',
    en: 'more commands came than can wait',
    hint: 'send them one after another',
  },
  'remote-not-recorded': {
    severity: 'critical',
    zh: '下行指令无法记录，未执行',
    en: 'a command could not be put on record, so nothing was done',
    hint: 'free space on the data disk, check the disk',
  },
  'remote-interrupted': {
    severity: 'error',
    zh: '执行下行指令时程序中断，结果未知',
    en: 'the daemon ended while a command was carried out; whether it was, is not known',
    hint: 'see what stands before it in the journal, and send it anew where it is still wanted',
  },
  'remote-failed': {
    severity: 'error',
    zh: '执行下行指令出错，结果未知',
    en: 'a command failed while it was carried out',
    hint: 'see the log of the gate',
  },
  'remote-act-refused': {
    severity: 'warning',
    zh: '下行指令所指对象不存在或不允许',
    en: 'what the command is about is not there, or may not be',
    hint: 'the answer says which; kakou yard open lists what is there',
  },
  'remote-policy-differs': {
    severity: 'error',
    zh: '本通道策略与中心通知不一致',
    en: 'the lane judges by another policy than the centre takes it to',
    hint: 'compare the policy files of gate and centre; the alarm names both digests',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

export const startFaults = {
  'command-key-unusable': {
    severity: 'critical',
    zh: '下行指令公钥文件不可用',
    en: 'a key of uplink.commandKeys cannot be used',
    hint: 'give the Ed25519 public key of the centre in PEM: openssl pkey -in KEY -pubout',
  },
  'device-absent': {
    severity: 'critical',
    zh: '必须在线的设备不在线',
    en: 'a device whose onStartFailure is exit is absent',
    hint: 'connect the device, or set its onStartFailure to retry or disable-lane',
  },
  'port-in-use': {
    severity: 'critical',
    zh: '端口被占用',
    en: 'another program listens on the port of the panel or of the devices',
    hint: 'stop it, or set panel.port and devicePush.port',
  },
  'data-directory-in-use': {
    severity: 'critical',
    zh: '数据目录已被另一个卡口程序使用',
    en: 'another daemon runs on the data directory',
    hint: 'stop it, or give each gate a data.directory of its own',
  },
  'data-directory-unusable': {
    severity: 'critical',
    zh: '数据目录不可用',
    en: 'the folder of the data or of the feed cannot be used',
    hint: "make data.directory and feed.directory folders that the daemon's user may write",
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** What `kakou journal verify` finds. The verifier shares no code, so a test compares the two lists. */
const journalFaults = {
  unreadable: {
    severity: 'error',
    zh: '日志文件无法读取',
    en: 'the file is no ledger and no NDJSON export of one',
    hint: 'check the path; a damaged database is restored from the backup',
  },
  'missing-entry': {
    severity: 'critical',
    zh: '日志记录缺失',
    en: 'an entry is missing',
    hint: 'an entry was deleted, or the export is incomplete: compare with the centre',
  },
  'hash-mismatch': {
    severity: 'critical',
    zh: '日志记录内容被改动',
    en: 'the bytes of an entry are not those that were written',
    hint: 'keep the file as it is and compare with the centre',
  },
  'broken-link': {
    severity: 'critical',
    zh: '日志链断裂',
    en: 'an entry does not follow from the one before',
    hint: 'an entry at or before this place was changed, replaced or reordered: compare with the centre',
  },
  'wrong-sequence': {
    severity: 'critical',
    zh: '日志序号错误',
    en: 'entries were reordered or renumbered',
    hint: 'keep the file as it is and compare with the centre',
  },
  'wrong-epoch': {
    severity: 'critical',
    zh: '混入其他账本的记录',
    en: 'entries of another log were mixed in',
    hint: 'keep the file as it is and compare with the centre',
  },
  'unexplained-epoch': {
    severity: 'critical',
    zh: '日志纪元来历不明',
    en: 'an epoch begins and nothing signed by the key before it tells why',
    hint: 'find out who put another ledger in place or replaced its key; if the new key is known to be right, give it with --key',
  },
  'not-cloudevents': {
    severity: 'critical',
    zh: '记录不是 CloudEvents 格式',
    en: 'the entry was not written by kakou',
    hint: 'keep the file as it is and compare with the centre',
  },
  'bad-signature': {
    severity: 'critical',
    zh: '检查点签名无效',
    en: 'a checkpoint or prune entry was not signed by the key that the log announced',
    hint: 'find out who had access to the data folder; compare with the centre',
  },
  'unannounced-key': {
    severity: 'critical',
    zh: '签名密钥未在日志中公布',
    en: 'the log is signed by a key that no entry announces',
    hint: 'find out who replaced signing-key.pem; keys are changed with `kakou journal rotate-key` alone',
  },
  'forged-rotation': {
    severity: 'critical',
    zh: '密钥更换记录系伪造',
    en: 'an entry puts a key in place that the key before it did not sign',
    hint: 'find out who had access to the data folder; compare with the centre',
  },
  'wrong-root': {
    severity: 'critical',
    zh: '检查点根值不符',
    en: 'entries before a checkpoint were changed after it was signed',
    hint: 'keep the file as it is and compare with the centre',
  },
  'pruned-without-entry': {
    severity: 'critical',
    zh: '记录内容缺失且无清理记录',
    en: 'the body of an entry is gone and no signed prune entry tells of it',
    hint: 'the body was removed by hand: compare with the centre',
  },
  'pruned-differs': {
    severity: 'critical',
    zh: '清理后的摘要与清理记录不符',
    en: 'pruned entries are others than their prune entry tells, or what is left of them was changed',
    hint: 'keep the file as it is and compare with the centre',
  },
  fork: {
    severity: 'critical',
    zh: '日志与上次核验时不一致（分叉）',
    en: 'an entry has other bytes than when it was last verified',
    hint: 'the log was put back to an earlier copy and went on, or was written anew: compare with the centre',
  },
  shrunken: {
    severity: 'critical',
    zh: '日志比上次核验时短',
    en: 'the log lost its end, or was put back to an earlier copy',
    hint: 'find out whether a backup was restored; compare with the centre',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** What `kakou journal verify-proof` finds. */
const proofFaults = {
  'proof-unreadable': {
    severity: 'error',
    zh: '证明文件无法读取',
    en: 'the file is no proof, or a part of it is missing',
    hint: 'give a file that `kakou journal prove` has written, unchanged',
  },
  'untrusted-key': {
    severity: 'critical',
    zh: '证明的签名密钥不可信',
    en: 'the proof does not lead back to the key that was given',
    hint: 'ask for the verifier key of the gate where you got the first one',
  },
  'note-unsigned': {
    severity: 'critical',
    zh: '检查点签名无效',
    en: 'a checkpoint in the proof is not signed by the key of the gate',
    hint: 'the checkpoint was changed, or made by somebody else',
  },
  'entry-not-in-tree': {
    severity: 'critical',
    zh: '记录不在已签名的日志中',
    en: 'the entry is not in the log that the checkpoint signs for',
    hint: 'take the entry for changed',
  },
  'logs-not-consistent': {
    severity: 'critical',
    zh: '两个检查点不属于同一日志',
    en: 'the older log is not the beginning of the newer one',
    hint: 'keep both checkpoints: the gate has signed two logs',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Acts of persons: why one was not carried out. */
export const actFaults = {
  'sign-in-needed': {
    severity: 'info',
    zh: '请先登录',
    en: 'nobody is signed in',
    hint: 'sign in; a session ends after 30 minutes without use and after 12 hours',
  },
  'sign-in-wrong': {
    severity: 'warning',
    zh: '用户名或密码错误',
    en: 'name or password is wrong',
    hint: 'try again; a supervisor can have the password reset at the command line',
  },
  'sign-in-delayed': {
    severity: 'warning',
    zh: '尝试过多，请稍后再试',
    en: 'too many attempts',
    hint: 'wait as long as the answer says',
  },
  'sign-in-busy': {
    severity: 'info',
    zh: '登录繁忙，请稍后再试',
    en: 'too many sign in at once',
    hint: 'try again in a moment',
  },
  'set-up-done': {
    severity: 'info',
    zh: '已完成初始设置',
    en: 'the first account is there already',
    hint: 'have an account added at the command line',
  },
  'set-up-code-wrong': {
    severity: 'warning',
    zh: '初始设置码错误',
    en: 'this is not the code of the first start',
    hint: 'it stands in the log of the newest start of the daemon',
  },
  'account-name-malformed': {
    severity: 'info',
    zh: '用户名格式错误',
    en: 'this is no name of an account',
    hint: '1 to 32 of a-z 0-9 . _ -, the first a letter or digit',
  },
  'password-weak': {
    severity: 'info',
    zh: '密码不符合要求',
    en: 'the password is too weak',
    hint: '12 to 128 characters, five different ones, without the name',
  },
  'request-foreign': {
    severity: 'warning',
    zh: '请求来自其他网站',
    en: 'the request comes from another site',
    hint: 'act on the page of this gate',
  },
  'request-malformed': {
    severity: 'info',
    zh: '请求内容不符合格式',
    en: 'the request does not have its form',
    hint: 'the answer names the member; compare with the reference of acts',
  },
  'act-role-forbidden': {
    severity: 'warning',
    zh: '角色“{role}”无权进行此操作',
    en: 'the role {role} may not do this',
    hint: 'somebody with the right role has to do it',
  },
  'act-passage-unknown': {
    severity: 'info',
    zh: '通道内没有这次过卡',
    en: 'there is no such passage in the lane',
    hint: 'it has ended; look at the lane again',
  },
  'act-passage-busy': {
    severity: 'info',
    zh: '这次过卡正在处理另一操作',
    en: 'another act on this passage is being carried out',
    hint: 'look at the lane again in a moment',
  },
  'act-passage-moved-on': {
    severity: 'info',
    zh: '过卡状态已变为“{state}”，不再等待人工',
    en: 'the passage is {state} and waits for nobody',
    hint: 'look at the lane again',
  },
  'act-view-stale': {
    severity: 'info',
    zh: '判定已更新，操作基于旧内容',
    en: 'the passage has been decided on anew since it was looked at',
    hint: 'look at the newest decision and act on that',
  },
  'act-repeated': {
    severity: 'info',
    zh: '该操作已执行',
    en: 'this act was carried out before',
    hint: 'nothing is to be done; a new act needs a new id',
  },
  'act-id-reused': {
    severity: 'warning',
    zh: '操作编号已用于另一操作',
    en: 'the id of the act belongs to another act',
    hint: 'every act takes an id of its own',
  },
  'act-lane-not-ready': {
    severity: 'warning',
    zh: '通道未就绪（{what}），不能抬杆',
    en: 'the lane cannot open now: {what}',
    hint: 'see the state of the lane',
  },
  'act-lane-unknown': {
    severity: 'info',
    zh: '没有该通道',
    en: 'there is no such lane',
    hint: 'name it as in the configuration',
  },
  'act-lane-stopped': {
    severity: 'error',
    zh: '通道已停止',
    en: 'the lane is stopped',
    hint: 'start the daemon anew',
  },
  'act-vehicle-moved': {
    severity: 'warning',
    zh: '车辆已离开杆前位置',
    en: 'the vehicle does not stand at the arm any more',
    hint: 'have it drive up to the arm and act again',
  },
  'act-nothing-corrected': {
    severity: 'info',
    zh: '没有更正任何内容',
    en: 'nothing is corrected',
    hint: 'give the plate, the trailer or the containers',
  },
  'act-plate-malformed': {
    severity: 'info',
    zh: '“{text}”不是有效车牌号',
    en: '"{text}" is no known form of plate',
    hint: 'type it as it stands on the plate; a trailer plate goes with the trailer',
  },
  'act-container-malformed': {
    severity: 'info',
    zh: '“{text}”不是箱号',
    en: '"{text}" is no container number',
    hint: 'four letters and seven digits, as on the box',
  },
  'act-containers-impossible': {
    severity: 'info',
    zh: '箱数、箱位或箱号重复有误',
    en: 'these containers cannot be on one truck',
    hint: 'at most two, each with a place and a number of its own',
  },
  'act-not-cleared': {
    severity: 'info',
    zh: '重新判定后仍未通过',
    en: 'decided on again, it is not let through',
    hint: 'see the newest decision for what fails',
  },
  'act-not-recorded': {
    severity: 'error',
    zh: '操作未能记录，未执行',
    en: 'the act could not be recorded, so nothing was done',
    hint: 'see the log: the ledger cannot be written',
  },
  'act-facts-changing': {
    severity: 'warning',
    zh: '放行信息正在变化，未能判定',
    en: 'the facts kept changing under the decision',
    hint: 'act again',
  },
  'act-facts-unavailable': {
    severity: 'error',
    zh: '放行信息无法读取',
    en: 'the facts could not be looked up',
    hint: 'see the log: the feed database cannot be read',
  },
  'act-repeat-none': {
    severity: 'info',
    zh: '没有可重复的抬杆指令',
    en: 'there is no opening that could be repeated',
    hint: 'confirm, or release by hand',
  },
  'act-repeat-unproven': {
    severity: 'warning',
    zh: '不能证明道闸未曾抬起',
    en: 'it is not proven that the arm never left closed',
    hint: 'confirm: that decides anew',
  },
  'act-repeat-late': {
    severity: 'info',
    zh: '重复抬杆时限已过',
    en: 'the time in which the opening could be repeated is over',
    hint: 'confirm: that decides anew',
  },
  'act-approval-unknown': {
    severity: 'info',
    zh: '没有等待批准的该操作',
    en: 'no act of this id waits for a second person',
    hint: 'it was carried out, withdrawn or has expired',
  },
  'act-approval-same': {
    severity: 'warning',
    zh: '第二人不得为本人或同一会话',
    en: 'the second person must be another one in a session of his own',
    hint: 'somebody else has to approve',
  },
  'case-unknown': {
    severity: 'info',
    zh: '没有该异常',
    en: 'there is no such case',
    hint: 'look at the open cases again',
  },
  'case-closed-already': {
    severity: 'info',
    zh: '该异常已关闭',
    en: 'the case is closed already',
    hint: 'nothing is to be done',
  },
  'case-release-reserved': {
    severity: 'warning',
    zh: '过卡 {passage} 仍占用放行信息 {release}，异常不能关闭',
    en: 'passage {passage} still has {release} reserved, so its case stays open',
    hint: 'if the truck did not cross, a customs officer returns the reservation first (POST /api/reservations/return); if it did, close the case as crossingVerified, which uses the release up',
  },
  'case-vehicle-present': {
    severity: 'info',
    zh: '车辆仍在通道内',
    en: 'its vehicle still stands in the lane',
    hint: 'settle the passage: turn back, correct, divert or release',
  },
  'reservation-none': {
    severity: 'info',
    zh: '该过卡没有未结的放行占用',
    en: 'nothing is reserved for this passage',
    hint: 'look at the case again',
  },
  'reservation-in-use': {
    severity: 'warning',
    zh: '该过卡尚未结束',
    en: 'the passage has not ended',
    hint: 'what it reserved is settled by its end',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

export const faultGroups: Readonly<Record<string, Readonly<Record<string, FaultText>>>> = {
  'Wire of a device': wireFaults,
  'Connection to a device': connectionFaults,
  Lane: laneFaults,
  'Customs gate platform': platformFaults,
  'Acts of persons': actFaults,
  Yard: yardFaults,
  'What is still open': openCauseTexts,
  Databases: storeFaults,
  'Evidence pictures': pictureFaults,
  'Customs feed': feedFaults,
  Uplink: uplinkFaults,
  'Commands of the centre': remoteFaults,
  Start: startFaults,
  'Verification of a log': journalFaults,
  'Verification of a proof': proofFaults,
};

export const faultTexts: Readonly<Record<string, FaultText>> = Object.assign(
  {},
  ...Object.values(faultGroups),
);

/** The words of a code; the code itself where the table does not know it. */
export function faultText(code: string): ReasonText {
  const { zh, en } = faultTexts[code] ?? { zh: code, en: code };
  return { zh, en };
}
