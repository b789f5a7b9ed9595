/**
 * Common refusal forms of other languages, and what keeps them from being taken for one. Patterns run on normalised text (lower case, NFKC);
 * scripts without spaces have no word boundaries, and `\b` knows no accents, so patterns say what follows instead.
 */
import { rule, type Rule } from './types.ts';

export const WORLD: readonly Rule[] = [
  // Chinese
  rule(
    'decline',
    3,
    'zh declines',
    /(?:我|本|作为[^,。]{0,20})?[^,。]{0,12}(?:无法|不能|不会|不可以|没办法|没有办法|不便|無法|不能夠|不會|拒绝|拒絕)(?:为您|为你|向您|向你|給您|给您|给你|對此|对此|就此|继续|直接|在此|協助|满足|滿足|按照|完成|接受|执行|執行)?(?:提供|协助|協助|帮助|幫助|帮|幫|满足|滿足|回答|支持|参与|參與|生成|创作|編寫|编写|撰写|撰寫|写|寫|讨论|討論|执行|執行|处理|處理|给出|分享|教|鼓励|完成|接受|继续|答应|遵从|遵循|做这|做那|这样做|这么做|你|您)/u,
  ),
  rule(
    'decline',
    3,
    'zh declines',
    /^(?:我)?(?:拒绝|拒絕|恕难|恕難|恕我|不行[,。!])|(?:违反|違反|违背|違背|不符合)[^。]{0,12}(?:原则|原則|准则|準則|政策|规定|道德|使用条款|价值观)|(?:请求|要求|内容|问题)[^。]{0,6}(?:不合适|不恰当|不当|违法|不合法|不道德|有害)/u,
  ),
  rule('apology', 1, 'zh apologises', /^(?:很|非常|十分|真的|实在)?(?:抱歉|对不起|對不起|不好意思|遗憾|遺憾)/u),
  rule(
    'limit',
    3,
    'zh limit',
    /(?:无法|不能|没有|無法|沒有)(?:直接|实时|為您|为您|为你)?[^,。]{0,4}(?:访问(?:互联网|网络|实时|外部|最新)|上网|联网|浏览|实时|實時|即時|最新的?(?:数据|信息|天气)|查看|看到|听到|感受|预测|個人(?:情感|观点)|个人(?:情感|观点|感受|喜好|经历|偏好)|情感|感情|意识|身体)/u,
  ),
  rule(
    'lecture',
    2,
    'zh judges',
    /(?:是|属于|屬於|均为|都是)[^,。]{0,10}(?:违法|非法|不合法|犯罪|不道德|不正确|不恰当|危险|有害|严重的?(?:违法|犯罪))|(?:違法|违法|非法|不道德)的?(?:行为|行為)/u,
  ),
  rule(
    'redirect',
    2,
    'zh offers something else',
    /(?:如果|若)(?:您|你)[^。]{0,20}(?:其他|其它|别的|合法|需要|困扰|有任何)|请(?:遵守|联系|咨询|寻求)|(?:我)?(?:可以|很乐意|愿意)(?:为您|为你|帮助|提供|帮)[^。]{0,20}(?:其他|合法|建议|安全|正当)|有什么(?:其他|可以)|寻求(?:专业|帮助)/u,
  ),

  // Spanish
  rule(
    'decline',
    3,
    'es declines',
    /(?:^|[ ,.:])(?:no puedo|no podemos|no podré|no voy a|no me es posible|no me está permitido|no estoy (?:en condiciones de|autorizad[oa] (?:a|para)|capacitad[oa] para|programad[oa] para|dispuest[oa] a)|no soy capaz de|no debo|me niego a|no es posible|soy incapaz de)(?: en buena conciencia| ni debo)? ?(?:ayudar|asistir|proporcionar|brindar|dar|darte|ofrecer|cumplir|responder|crear|escribir|generar|participar|apoyar|continuar|hacer (?:eso|esto)|hacerlo|facilitar|promover|fomentar|compartir|explicar|enseñar|complacer|satisfacer|atender|colaborar|elaborar|producir|realizar|redactar|discutir|hablar|recomendar|acceder)/u,
  ),
  rule(
    'decline',
    3,
    'es declines',
    /(?:debo|tengo que) (?:rechazar|negarme|declinar)|(?:va|está|van) en contra de (?:mis|nuestras|las) (?:políticas|normas|directrices|principios|pautas|valores)|me niego|viola (?:mis|las|nuestras) (?:políticas|normas)/u,
  ),
  rule(
    'apology',
    1,
    'es apologises',
    /^(?:lo siento|lo lamento|disculp[ae]|perdón|perdona|mis disculpas|lamentablemente|me temo que|pido disculpas|desafortunadamente)(?! mucho (?:tu|su) pérdida| por tu pérdida)/u,
  ),
  rule(
    'limit',
    3,
    'es limit',
    /no (?:tengo|puedo|cuento con|dispongo de)[^.]{0,15}(?:acceso a (?:internet|la web|información (?:en tiempo real|actualizada)|datos en tiempo real)|tiempo real|navegar|opiniones|preferencias|sentimientos|emociones|experiencias personales|cuerpo|ver (?:imágenes|la imagen)|(?:decir(?:te)?|dar(?:te)?|proporcionar) (?:el|la|un|una) (?:\S+ )?exact)/u,
  ),
  rule(
    'lecture',
    2,
    'es judges',
    /(?:^|[ ,])(?:es|son|está|sería|constituye|y|considera)(?: \S+){0,3} (?:ilegal(?:es)?|delito|crimen|poco ético|inmoral|prohibid[oa]|antiétic[oa]|peligros[oa]|inaceptable|dañin[oa]|incorrecto)/u,
  ),
  rule(
    'redirect',
    2,
    'es offers something else',
    /^(?:(?:pero|sin embargo|en su lugar|en cambio)[, ]+)*(?:si (?:necesitas|tienes|estás|necesita|tiene|desea|quieres|hay)|puedo (?:ayudar(?:te|le)?|ofrecer(?:te|le)?|sugerir)|te (?:recomiendo|sugiero|animo|insto)|le (?:recomiendo|sugiero)|estoy aquí para|¿(?:hay|puedo|en qué|te gustaría)|con gusto|busca ayuda|por favor)/u,
  ),

  // French
  rule(
    'decline',
    3,
    'fr declines',
    /(?:je|nous|j'ai|il m'est|on)[^.!?]{0,30}?(?:ne (?:peux|pouvons|peut|saurais|suis|vais|dois|veux|souhaite|pourrai|fournis|soutiens|participe)[^.!?]{0,12}(?: pas| point)?|n'ai pas le droit de|n'est pas possible (?:de)?|impossible (?:de|d')|refuse (?:de|d'))[^.!?]{0,45}?(?:aider|assister|fournir|donner|offrir|répondre|créer|écrire|générer|participer|soutenir|continuer|faire (?:cela|ça)|encourager|promouvoir|partager|expliquer|accéder à (?:cette|votre) (?:demande|requête)|satisfaire|rédiger|produire|enseigner|discuter|cautionner|proposer|donner suite|en mesure de|autorisé à|conseiller)/u,
  ),
  rule(
    'decline',
    3,
    'fr declines',
    /(?:je|dois|vais) (?:devoir )?(?:refuser|décliner|refuse\b)|(?:va|vont|est|contraire|contraires)[^.]{0,8} (?:à l'encontre de|à|aux) (?:mes|mon|nos) ?(?:principes|directives|règles|valeurs|éthique|politiques)/u,
  ),
  rule(
    'apology',
    1,
    'fr apologises',
    /^(?:je suis (?:vraiment |sincèrement )?désolée?|désolée?|je m'excuse|excusez|pardon|je regrette|malheureusement|toutes mes excuses|navrée?)(?! (?:d'apprendre|d'entendre|pour votre perte))/u,
  ),
  rule(
    'limit',
    3,
    'fr limit',
    /(?:n'ai pas|ne peux pas|ne dispose pas|ne possède pas)[^.]{0,20}(?:accès (?:à internet|au web|aux (?:données|informations) en temps réel|à des (?:données|informations) en temps réel)|temps réel|naviguer|opinions?|préférences|sentiments|émotions|expériences personnelles|de corps|voir (?:les |d')?images?|donner (?:le|la|un|une) (?:\S+ )?exact)/u,
  ),
  rule(
    'lecture',
    2,
    'fr judges',
    /(?:^|[ ,'])(?:est|sont|serait|constitue|et)(?: \S+){0,3} (?:illégal(?:e|es)?|illégaux|un crime|un délit|contraire à (?:la loi|l'éthique)|immoral(?:e|es)?|interdite?s?|inacceptables?|dangereu(?:x|se|ses)|inapproprié(?:e|s|es)?)/u,
  ),
  rule(
    'redirect',
    2,
    'fr offers something else',
    /^(?:(?:mais|cependant|toutefois|en revanche|par contre)[, ]+)*(?:si vous|si tu|je (?:peux|serais|serai|vous (?:conseille|recommande|encourage|invite)|suis là)|n'hésitez pas|puis-je|y a-t-il|veuillez|avez-vous)/u,
  ),

  // German
  rule(
    'decline',
    3,
    'de declines',
    /(?:ich|wir|mir|dabei|das|dir|ihnen)[^.!?]{0,40}?(?:kann|könnte|werde|darf|möchte|können|werden|will)[^.!?]{0,60}?(?:nicht|keine|keinen|kein|keinerlei|leider nicht)(?!\s+(?:genau|sagen, (?:wann|ob)))[^.!?]{0,60}?(?:helfen|behilflich|unterstützen|bereitstellen|geben|anbieten|erfüllen|beantworten|erstellen|schreiben|generieren|teilnehmen|fördern|fortfahren|tun|teilen|erklären|nachkommen|weiterhelfen|verfassen|liefern|zeigen|beteiligen|mitwirken|diskutieren|entsprechen|beibringen|leisten|gutheißen)/u,
  ),
  rule(
    'decline',
    3,
    'de declines',
    /(?:ich bin|mir ist es|es ist mir)[^.!?]{0,20}nicht (?:in der lage|möglich|befugt|gestattet|erlaubt|berechtigt|bereit|programmiert)|(?:muss|möchte|werde)[^.]{0,30}(?:ablehnen|verweigern|zurückweisen)|ich (?:lehne|weigere|verweigere)|(?:verstößt|verstoßen|widerspricht) (?:gegen )?(?:meine|meinen|unsere|die) (?:richtlinien|grundsätze|prinzipien|werte|nutzungsbedingungen|programmierung)/u,
  ),
  rule(
    'decline',
    3,
    'de declines, streaming',
    /^(?:(?:aber |leider )?(?:ich kann|das kann ich|dabei kann ich)(?: \S+){0,4} (?:leider )?nicht(?: \S+)?)[.!]?$/u,
  ),
  rule(
    'apology',
    1,
    'de apologises',
    /^(?:es tut mir (?:sehr |wirklich )?leid|tut mir leid|entschuldigung|entschuldige|verzeihung|leider|ich bedauere|bedauerlicherweise|ich entschuldige)(?!, (?:das zu hören|dass (?:du|sie)))/u,
  ),
  rule(
    'limit',
    3,
    'de limit',
    /(?:habe|kann|verfüge|besitze)[^.]{0,25}(?:kein(?:e|en)?|nicht)[^.]{0,25}(?:zugriff auf (?:das internet|echtzeit|aktuelle)|zugang zu (?:echtzeit|aktuellen|dem internet)|echtzeit|im internet|persönlichen? (?:meinung|vorlieben|erfahrung|gefühl)|gefühle|emotionen|meinung|bilder (?:sehen|ansehen)|körper|genau (?:sagen|vorhersagen))/u,
  ),
  rule(
    'lecture',
    2,
    'de judges',
    /(?:^|[ ,])(?:ist|sind|wäre|gilt|und)(?: \S+){0,3} (?:illegal|strafbar|verboten|unethisch|unmoralisch|rechtswidrig|eine straftat|ein verbrechen|gefährlich|inakzeptabel|gesetzeswidrig)/u,
  ),
  rule(
    'redirect',
    2,
    'de offers something else',
    /^(?:(?:aber|jedoch|stattdessen)[, ]+)*(?:wenn (?:du|sie)|falls (?:du|sie)|ich (?:kann|helfe|würde|rate|empfehle|bin hier)|stattdessen|gerne|bitte|kann ich|gibt es|möchten sie|wie kann ich)/u,
  ),

  // Portuguese
  rule(
    'decline',
    3,
    'pt declines',
    /(?:^|[ ,.:])(?:(?:eu )?não (?:posso|podemos|poderei|vou|devo|consigo|é possível|estou (?:autorizad[oa] a|programad[oa] para|apt[oa] a|em condições de)|sou capaz de)|recuso-me a|me recuso a)(?: \S+){0,2}? ?(?:ajudar|ajudá-l[oa]|te ajudar|auxiliar|assistir|fornecer|dar|oferecer|atender|cumprir|responder|criar|escrever|gerar|participar|apoiar|continuar|fazer (?:isso|isto)|promover|incentivar|compartilhar|partilhar|explicar|ensinar|prosseguir|elaborar|produzir|discutir|redigir|realizar)/u,
  ),
  rule(
    'decline',
    3,
    'pt declines',
    /(?:devo|tenho que|preciso) (?:recusar|declinar)|(?:vai|vão|é) (?:contra|contrário a) (?:as |os |a )?(?:minhas|meus|nossas|nossos) (?:diretrizes|políticas|princípios|valores)|viola (?:as )?(?:minhas|nossas) (?:diretrizes|políticas)|me recuso/u,
  ),
  rule(
    'apology',
    1,
    'pt apologises',
    /^(?:sinto muito|desculpe?|desculpa|peço desculpas?|lamento|infelizmente|perdão|me desculpe)(?! (?:saber|ouvir|pela sua perda))/u,
  ),
  rule(
    'limit',
    3,
    'pt limit',
    /não (?:tenho|posso|consigo|possuo)[^.]{0,15}(?:acesso (?:à internet|a (?:dados|informações) em tempo real)|tempo real|navegar|opiniões|preferências|sentimentos|emoções|experiências pessoais|ver imagens|(?:dizer|dar|fornecer) (?:o|a|um|uma) (?:\S+ )?exat)/u,
  ),
  rule(
    'lecture',
    2,
    'pt judges',
    /(?:^|[ ,])(?:é|são|seria|constitui|e)(?: \S+){0,3} (?:ilegal|ilegais|crime|antiétic[oa]|imoral|proibid[oa]|inaceitável|perigos[oa]|prejudicial)/u,
  ),
  rule(
    'redirect',
    2,
    'pt offers something else',
    /^(?:(?:mas|no entanto|porém|em vez disso)[, ]+)*(?:se (?:você|precisar|estiver|tiver|quiser)|posso (?:ajudar|ajudá|oferecer|sugerir)|recomendo|sugiro|estou aqui para|há (?:algo|mais)|por favor|procure)/u,
  ),

  // Italian
  rule(
    'decline',
    3,
    'it declines',
    /(?:^|[ ,.:])(?:(?:io )?non (?:posso|possiamo|potrò|sono (?:in grado di|autorizzat[oa] a|programmat[oa] per|dispost[oa] a)|mi è (?:possibile|permesso|consentito)|è possibile|intendo|voglio|devo)|mi rifiuto di)(?: \S+){0,2}? ?(?:aiutar(?:e|ti|la|vi)|assister(?:e|ti|la)|fornir(?:e|ti|le)|dar(?:e|ti|le)|offrir(?:e|ti)|soddisfare|rispondere|crear(?:e|lo)|scriver(?:e|lo)|generare|partecipare|supportare|sostenere|continuare|far(?:e questo|lo)|promuovere|incoraggiare|condividere|spiegar(?:e|ti)|insegnar(?:e|ti)|esaudire|procedere|produrre|discutere|redigere)/u,
  ),
  rule(
    'decline',
    3,
    'it declines',
    /(?:devo|sono costretto a) (?:rifiutare|declinare)|(?:va|vanno|è) (?:contro|contrari[oa] a) ?(?:alle |ai |le |i )?(?:mie|miei|nostre|nostri) (?:linee guida|principi|politiche|valori|regole)|viola (?:le mie|le nostre|i miei)|mi rifiuto/u,
  ),
  rule(
    'apology',
    1,
    'it apologises',
    /^(?:mi (?:dispiace|spiace)|spiacente|sono (?:spiacente|desolat[oa])|chiedo scusa|scusa(?:mi|te)?|purtroppo|ci dispiace)(?! (?:sentire|sapere|per la tua perdita))/u,
  ),
  rule(
    'limit',
    3,
    'it limit',
    /non (?:ho|posso|dispongo|possiedo)[^.]{0,15}(?:accesso (?:a internet|al web|a (?:dati|informazioni) in tempo reale)|tempo reale|navigare|opinioni|preferenze|sentimenti|emozioni|esperienze personali|vedere (?:le )?immagini|(?:dirti|darti|fornire) (?:il|la|un|una) (?:\S+ )?esatt)/u,
  ),
  rule(
    'lecture',
    2,
    'it judges',
    /(?:^|[ ,])(?:è|sono|sarebbe|costituisce|e)(?: \S+){0,3} (?:illegal[ei]|un reato|un crimine|non etico|immoral[ei]|vietat[oa]|proibit[oa]|inaccettabile|pericolos[oa]|dannos[oa])/u,
  ),
  rule(
    'redirect',
    2,
    'it offers something else',
    /^(?:(?:ma|tuttavia|però|invece)[, ]+)*(?:se (?:hai|vuoi|ha|desideri|stai|avete)|posso (?:aiutar|offrir|suggerir)|ti (?:consiglio|suggerisco|invito)|sono qui per|c'è (?:qualcos'altro|altro)|per favore|posso esserti)/u,
  ),

  // Dutch, Polish, Turkish, Indonesian, Vietnamese, Swedish: the commonest form only
  rule(
    'decline',
    3,
    'nl declines',
    /(?:ik|we) (?:kan|kunnen|mag|zal|wil) [^.!?]{0,30}(?:niet|geen)[^.!?]{0,40}(?:helpen|bieden|geven|verstrekken|assisteren|voldoen|maken|schrijven|beantwoorden|meewerken|ondersteunen)|ik weiger/u,
  ),
  rule(
    'decline',
    3,
    'pl declines',
    /nie (?:mogę|możemy|jestem w stanie|będę)(?: \S+){0,3} (?:pomóc|pomagać|dostarczyć|udzielić|spełnić|stworzyć|napisać|wspierać|podać|odpowiedzieć|zrobić|uczestniczyć)|odmawiam/u,
  ),
  rule(
    'decline',
    3,
    'tr declines',
    /(?:yardımcı olamam|yardım edemem|yardımcı olamıyorum|sağlayamam|veremem|yerine getiremem|yapamam|oluşturamam|yazamam|destekleyemem|yanıtlayamam|reddediyorum|mümkün değil)/u,
  ),
  rule(
    'decline',
    3,
    'id declines',
    /(?:saya|kami) (?:tidak (?:dapat|bisa|boleh|akan|mampu))(?: \S+){0,2} (?:membantu|memberikan|menyediakan|memenuhi|membuat|menulis|menjawab|mendukung|melakukan|melanjutkan|berpartisipasi|menjelaskan)/u,
  ),
  rule(
    'decline',
    3,
    'vi declines',
    /(?:tôi|chúng tôi|mình) (?:không thể|không được phép|xin từ chối|từ chối|sẽ không)(?: \S+){0,2} ?(?:giúp|hỗ trợ|cung cấp|đáp ứng|trả lời|tạo|viết|thực hiện|tham gia|yêu cầu|hướng dẫn)/u,
  ),
  rule(
    'decline',
    3,
    'sv declines',
    /jag (?:kan|får|vill|tänker) (?:tyvärr )?(?:inte|ej)(?: \S+){0,3} (?:hjälpa|ge|bistå|tillhandahålla|uppfylla|skapa|skriva|svara|göra|stödja|delta)/u,
  ),
  rule(
    'apology',
    1,
    'apologises',
    /^(?:het spijt me|sorry|helaas|przepraszam|przykro mi|niestety|üzgünüm|maalesef|özür dilerim|maaf|mohon maaf|xin lỗi|rất tiếc|tyvärr|jag är ledsen|förlåt)/u,
  ),

  // Russian
  rule(
    'decline',
    3,
    'ru declines',
    /(?:^|[ ,.:«—-])(?:(?:я|мы) )?(?:[а-яё]+ ){0,2}?(?:не (?:могу|можем|смогу|буду|вправе|имею права|в состоянии|готов[а]?|стану)|отказываюсь|вынужден[а]? отказать)(?: [а-яё]+){0,3}? ?(?:помочь|помогать|предостав|дать|давать|выполн|ответить|отвечать|создать|создавать|написать|писать|сгенерир|участвовать|поддерж|продолж|сделать|это делать|делиться|объясн|рассказ|обсуждать|поощрять|содейств|предлож|удовлетвор|способствовать|вам|тебе|этого|$)/u,
  ),
  rule(
    'decline',
    3,
    'ru declines',
    /(?:отказываюсь|вынужден[а]? (?:отказать|отклонить)|противоречит (?:моим|нашим|правилам|этическим)|нарушает (?:мои|наши|правила|политику))/u,
  ),
  rule(
    'apology',
    1,
    'ru apologises',
    /^(?:извините|извини|простите|прости|прошу прощения|к сожалению|мне (?:очень )?жаль|сожалею|приношу извинения)(?!,? (?:это слышать|слышать|что (?:вы|ты|у вас|у тебя)))/u,
  ),
  rule(
    'limit',
    3,
    'ru limit',
    /(?:не (?:имею|могу|обладаю)|у меня нет)[^.]{0,20}(?:доступа? (?:к интернету|в интернет|к (?:актуальн|данным в реальном|информации в реальном))|реальном времени|просматривать|личн(?:ого|ых) (?:мнен|предпочт|опыт)|чувств|эмоци|видеть изображ|тела|(?:назвать|сказать) точн)/u,
  ),
  rule(
    'lecture',
    2,
    'ru judges',
    /(?:незаконн|противозаконн|неэтичн|аморальн|является (?:преступлением|нарушением|уголовн)|запрещен[оаы]|преступлени[ея]|недопустим|уголовно наказуем)/u,
  ),
  rule(
    'redirect',
    2,
    'ru offers something else',
    /^(?:(?:но|однако|вместо этого)[, ]+)*(?:если (?:вам|у вас|вы|тебе|у тебя|ты)|я (?:могу|готов|с удовольствием|рекомендую|советую)|могу|пожалуйста|обратитесь|чем (?:ещё|еще|я)|рекомендую)/u,
  ),

  // Japanese
  rule(
    'decline',
    3,
    'ja declines',
    /(?:お手伝い|お答え|お応え|ご?提供|ご?支援|ご?協力|回答|お教え|作成|ご?案内|サポート|説明|対応|お受け|応じる(?:こと)?|助け|手助け|ご要望に[^。]{0,8}|それ|執筆|生成|共有|参加|記述|伝え|書く|教える|行う|答える)(?:を?する)?(?:こと)?(?:は|が|も|には?|を)?(?:一切|到底)?(?:でき(?:ません|ない|かね)|いたしかねます|致しかねます|しかねます|しません|いたしません|できかねます|応じられません|られません|お断り)/u,
  ),
  rule(
    'decline',
    3,
    'ja declines',
    /お断り(?:します|いたします|しなければ|させて)|(?:拒否|辞退)(?:します|いたします|させて)|(?:ご要望|リクエスト|依頼|要求|ご質問)(?:に|には)(?:は)?(?:お応え|応じ|お答え)[^。]{0,6}(?:でき|られ|かね)|(?:方針|ガイドライン|ポリシー|規約|倫理)に(?:反|違反)/u,
  ),
  rule('apology', 1, 'ja apologises', /^(?:大変)?(?:申し訳|すみません|すいません|ごめん|恐れ入りますが|残念ながら|恐縮)/u),
  rule(
    'limit',
    3,
    'ja limit',
    /(?:インターネット|リアルタイム|最新の?(?:情報|データ)|画像|感情|個人的な(?:意見|感情|好み|経験)|意識|現在の(?:天気|時刻|情報))[^。]{0,25}(?:でき(?:ません|ない)|持って(?:い)?(?:ません|いない)|ありません|持ちません|られません)/u,
  ),
  rule(
    'lecture',
    2,
    'ja judges',
    /(?:違法|犯罪|不法|非倫理的|不道徳|倫理的に(?:問題|許され)|法律(?:に違反|で禁)|許され(?:ません|ない)|危険な行為)/u,
  ),
  rule(
    'redirect',
    2,
    'ja offers something else',
    /(?:他に|別の|代わりに|もし[^。]{0,20}(?:必要|お困り|お悩み)|合法的)[^。]{0,30}(?:ください|ますか|できます|でしょうか|いたします|します)|専門(?:家|機関)|相談(?:して|する|窓口)|お知らせください|お気軽に/u,
  ),

  // Korean
  rule(
    'decline',
    3,
    'ko declines',
    /(?:도와|도움|제공|답변|대답|지원|작성|생성|응답|응할|수행|설명|알려|협조|참여|드릴|해 ?드릴|들어 ?드릴|따를|공유|안내|할|진행|만들|이행)[^.]{0,14}(?:수 (?:는 |가 )?없|수(?:는|가)? 없|못 ?합니다|않겠습니다|않습니다|어렵습니다|불가능|불가합니다|드리지 못|할 수 ?없)/u,
  ),
  rule(
    'decline',
    3,
    'ko declines',
    /거절(?:합니다|하겠|해야|할 수밖에)|거부(?:합니다|하겠)|(?:지침|정책|원칙|윤리|규정)에 (?:위배|어긋|위반|반)/u,
  ),
  rule('apology', 1, 'ko apologises', /^(?:정말 |대단히 )?(?:죄송|미안|유감|안타깝)/u),
  rule(
    'limit',
    3,
    'ko limit',
    /(?:인터넷|실시간|최신 (?:정보|데이터)|감정|개인적인 (?:의견|감정|선호|경험)|이미지를|현재 (?:날씨|시간))[^.]{0,25}(?:없습니다|없어|못합니다|않습니다|없으며|없지만)/u,
  ),
  rule(
    'lecture',
    2,
    'ko judges',
    /(?:불법|범죄|비윤리적|부도덕|법에 위반|위법|위험한 행위)[^.]{0,10}(?:입니다|이며|행위|이고|하며|됩니다)/u,
  ),
  rule(
    'redirect',
    2,
    'ko offers something else',
    /^(?:하지만|대신|다른)|(?:다른|합법적인|도움이 필요)[^.]{0,25}(?:주세요|드릴|있습니다|까요|하세요|드리겠)|전문가|상담|말씀해 주|알려 ?주세요/u,
  ),

  // Arabic
  rule(
    'decline',
    3,
    'ar declines',
    /(?:لا (?:أستطيع|استطيع|يمكنني|أقدر|يمكن لي|نستطيع|يمكننا|أقوم|أقدم|أدعم|يجوز لي|أريد)|لن (?:أستطيع|أتمكن|أقوم|أقدم|أساعد|يمكنني)|لست قادر[اًًاة]* على|غير قادر[ةاً]* على|أرفض|لا يسمح لي|ليس بإمكاني|ليس بوسعي|يتعذر علي)(?: \S+){0,3}? ?(?:مساعد|تقديم|توفير|إعطا|اعطا|الإجابة|الاجابة|إنشاء|كتابة|المشاركة|دعم|تشجيع|تلبية|القيام|المتابعة|أساعد|مساعدتك|الرد|تنفيذ|شرح|فعل|ذلك|هذا|الطلب|أن أ|تزويد|إنتاج|مناقشة|الاستجابة|$)/u,
  ),
  rule(
    'decline',
    3,
    'ar declines',
    /(?:أرفض|أعتذر عن (?:عدم|تقديم|مساعد|تلبية)|يتعارض مع (?:سياس|مبادئ|إرشادات|قيم)|يخالف (?:سياس|مبادئ|إرشادات|القانون))/u,
  ),
  rule('apology', 1, 'ar apologises', /^(?:عذر[اًً]+|آسف|أنا آسف|اسف|أعتذر|نعتذر|للأسف|معذرة|المعذرة|يؤسفني)(?! (?:لسماع|سماع|لخسارتك))/u),
  rule(
    'limit',
    3,
    'ar limit',
    /(?:لا (?:أملك|أستطيع|يمكنني|أمتلك)|ليس لدي)[^.]{0,20}(?:الإنترنت|الوقت الفعلي|الوقت الحقيقي|آراء|مشاعر|تفضيلات|عواطف|رؤية الصور|تصفح|معلومات محدثة)/u,
  ),
  rule('lecture', 2, 'ar judges', /(?:غير قانوني|غير أخلاقي|غير قانونية|غير أخلاقية|جريمة|مخالف للقانون|محظور|غير مقبول)/u),
  rule(
    'redirect',
    2,
    'ar offers something else',
    /^(?:(?:لكن|ولكن|ومع ذلك)[،, ]+)*(?:إذا (?:كنت|كان|كانت)|يمكنني (?:مساعد|تقديم|أن)|أنصحك|يسعدني|يرجى|هل (?:هناك|يمكن|ترغب)|من فضلك)/u,
  ),

  // Hindi
  rule(
    'decline',
    3,
    'hi declines',
    /(?:मैं|हम|मुझे|मुझसे|आपकी|इस|इसमें|यह|ऐसा|ऐसी)?[^।]{0,60}(?:मदद|सहायता|प्रदान|उत्तर|जवाब|जानकारी|समर्थन|पूरा|लिख|बना|दे|कर|बता|सहयोग|अनुरोध|निर्देश|भाग|समझा|सिखा|साझा)[^।]{0,18}(?:नहीं (?:कर|दे|बता|लिख|बना|हो|ले|सिखा|समझा)?[^।]{0,4}? ?(?:सकता|सकती|सकते|पाऊंगा|पाऊँगा|पाऊंगी|करूंगा|करूँगा|करूंगी|दूंगा|दूँगा|करता|करती)|असमर्थ|अक्षम|में समर्थ नहीं)/u,
  ),
  rule(
    'decline',
    3,
    'hi declines',
    /(?:इनकार|इंकार|मना) (?:करता|करती|करना|करूंगा)|(?:नीतियों|सिद्धांतों|दिशानिर्देशों|दिशा-निर्देशों)[^।]{0,10}(?:खिलाफ|ख़िलाफ़|विरुद्ध|उल्लंघन)|नहीं (?:कर|दे|बता) (?:सकता|सकती|सकते)[^।]{0,8}$/u,
  ),
  rule('apology', 1, 'hi apologises', /^(?:मुझे (?:खेद|अफ़सोस|अफसोस|दुख)|माफ़? ?क(?:ीजिए|रें|रना)|माफ(?:ी|़ी)? |माफ़(?:ी)? |क्षमा|खेद है|मैं क्षमा)/u),
  rule(
    'limit',
    3,
    'hi limit',
    /(?:इंटरनेट|रीयल[- ]?टाइम|वास्तविक समय|व्यक्तिगत (?:राय|भावना|पसंद|अनुभव)|भावनाएं|ताज़ा जानकारी|तस्वीर)[^।]{0,30}(?:नहीं)/u,
  ),
  rule('lecture', 2, 'hi judges', /(?:गैरकानूनी|ग़ैरक़ानूनी|अवैध|अनैतिक|अपराध|गैर-कानूनी|कानून के खिलाफ|स्वीकार्य नहीं)[^।]{0,12}(?:है|हैं|होता|और)/u),
  rule(
    'redirect',
    2,
    'hi offers something else',
    /^(?:(?:लेकिन|हालांकि|इसके बजाय)[, ]+)*(?:यदि|अगर|कृपया|क्या (?:मैं|कोई|आप)|मैं (?:आपकी|आपको)[^।]{0,30}(?:सकता हूँ|सकती हूँ|सकता हूं|सकती हूं))/u,
  ),
];
